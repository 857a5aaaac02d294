import { formatId } from '@/lib/domain/ids'
import type { AllowedAnswer, MachineRecord } from './verification-types'

/**
 * An allow as the body of `POST /verify`, in JSON. Put together from parts: what is said of a machine stays the same for as
 * long as its record does, and the rest of the members hold no character that JSON would escape.
 */
export function formatVerifyAnswer(answer: AllowedAnswer): string {
  const { decisionId, machine, generation, observed, assertion, checked } = answer
  let text = `{"decisionId":"${formatId('dec', decisionId)}","outcome":"${observed ? 'observed' : 'allowed'}"`
  if (machine) text += `,"machine":${formatMachine(machine, generation ?? machine.generation)}`
  // Whoever compares the body itself has to know that nobody else did; of what is only observed nothing was checked.
  if (checked) text += `,"authority":${JSON.stringify(checked.authority)},"content":"${checked.content}"`
  if (assertion) {
    const expiresAt = new Date(assertion.expiresAtSeconds * 1000).toISOString()
    text += `,"assertion":"${assertion.token}","assertionExpiresAt":"${expiresAt}"`
  }
  return `${text}}`
}

const formatted = new WeakMap<MachineRecord, Map<number, string>>()

function formatMachine(machine: MachineRecord, generation: number): string {
  const known = formatted.get(machine)?.get(generation)
  if (known !== undefined) return known
  const { id, spiffeId, name, labels } = machine
  const text = JSON.stringify({ id, spiffeId, name, generation, labels })
  const ofMachine = formatted.get(machine) ?? new Map<number, string>()
  formatted.set(machine, ofMachine.set(generation, text))
  return text
}
