import type { MachineChange } from '@/lib/contract/machines'

/**
 * "In force on every node after 12 ms. Last allowed use 14 s before." What was measured, and nothing else.
 */
export function describeMachineChange(change: MachineChange): string {
  const inForce = `In force on every node after ${formatMs(change.inForceAfterMs)}.`
  if (change.lastAllowedAt === null) return `${inForce} It was never allowed a request.`
  const beforeMs = Date.parse(change.machine.stateChangedAt) - Date.parse(change.lastAllowedAt)
  if (Number.isNaN(beforeMs)) return inForce
  return `${inForce} Last allowed use ${beforeMs < 0 ? 'while the change was being made' : `${formatSpan(beforeMs)} before`}.`
}

function formatMs(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms * 10) / 10} ms` : `${Math.round(ms / 100) / 10} s`
}

/** "00:14", "2:05:09", "3 days": as a stopwatch shows it. */
export function formatSpan(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  if (hours >= 48) return `${Math.floor(hours / 24)} days`
  const pad = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${pad(minutes)}:${pad(seconds % 60)}`
}
