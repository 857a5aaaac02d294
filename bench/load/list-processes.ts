import { readOrNull } from './read-or-null'

/** A process and those that it started, as Linux tells: a server may be several that share a port. */
export function listProcesses(pid: number): number[] {
  const children = readOrNull(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ') ?? []
  return [pid, ...children.flatMap((child) => (child === '' ? [] : listProcesses(Number(child))))]
}
