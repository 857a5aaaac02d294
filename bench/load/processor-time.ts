import { readFileSync } from 'node:fs'

/** Linux tells processor time in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100

/** User and system time of a process and its threads, in seconds; null where `/proc` does not tell. */
export function readProcessSeconds(pid: number): number | null {
  const text = readOrNull(`/proc/${pid}/stat`)
  // The program's name stands in parentheses and may hold blanks.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields ? (Number(fields[11]) + Number(fields[12])) / ticksPerSecond : null
}

/** Busy time of all cores since the machine started, in seconds; null where `/proc` does not tell. */
export function readMachineSeconds(): number | null {
  const line = readOrNull('/proc/stat')?.split('\n')[0]
  if (line === undefined) return null
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.trim().split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softirq) / ticksPerSecond
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
