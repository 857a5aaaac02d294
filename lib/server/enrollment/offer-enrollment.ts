import { formatId } from '@/lib/domain/ids'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { signAnswer } from './sign-answer'

/**
 * What a machine has to know before its first message: an id, the trust domain and the generator key, because they enter
 * the key derivation. Nothing is reserved and nothing is written.
 */
export async function offerEnrollment(
  dependencies: Pick<Dependencies, 'keys' | 'settings' | 'now' | 'deployment'>,
): Promise<{ parameters: string; assertionKey: object }> {
  const { keys, deployment } = dependencies
  const generator = await keys.currentGenerator()
  const assertion = keys.assertion()
  const parameters = signAnswer(dependencies, 'enrollment-parameters', {
    trustDomain: deployment.trustDomain,
    machineId: formatId('mach', newUuid()),
    generatorKey: { ...generator.publicJwk, kid: generator.kid },
  })
  return { parameters, assertionKey: { ...assertion.publicJwk, kid: assertion.kid } }
}
