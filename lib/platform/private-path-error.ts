/**
 * What both programs need of the operating system: private files, and a lock that dies with its process.
 *
 * Thrown when a file or directory that holds secrets is open to others. The message tells what to do about it; the
 * `code` lets a caller in another copy of this module recognise it without `instanceof`.
 */
export class PrivatePathError extends Error {
  readonly code = 'path_not_private'

  constructor(message: string) {
    super(message)
    this.name = 'PrivatePathError'
  }
}
