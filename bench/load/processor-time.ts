import { listProcesses } from './list-processes'
import { readOrNull } from './read-or-null'

/** Linux tells processor time in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100

/** User and system time of a process with its threads and of those that it started, in seconds; null where `/proc` does not tell. */
export function readProcessSeconds(pid: number): number | null {
  let seconds = 0
  for (const each of listProcesses(pid)) {
    const text = readOrNull(`/proc/${each}/stat`)
    if (text === null) return null
    // The program's name stands in parentheses and may hold blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    seconds += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  }
  return seconds
}

/** Busy time of all cores since the machine started, in seconds; null where `/proc` does not tell. */
export function readMachineSeconds(): number | null {
  const line = readOrNull('/proc/stat')?.split('\n')[0]
  if (line === undefined) return null
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.trim().split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softirq) / ticksPerSecond
}
