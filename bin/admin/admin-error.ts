/** The admin command: a client of the contract, like the console. */
import type { Problem } from '@/lib/contract/problem'

/** How a command ends; scripts rely on the numbers. */
export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const

/** Ends the command with words for whoever typed it. */
export class AdminError extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
    /** What the API said, when it was the API. */
    readonly problem?: Problem,
  ) {
    super(message)
    this.name = 'AdminError'
  }
}

export function usageError(message: string): AdminError {
  return new AdminError(exitCodes.usage, message)
}

export function unreachable(message: string): AdminError {
  return new AdminError(exitCodes.unreachable, message)
}
