/**
 * The deployment's own keys: the master key, what it seals, and the row that says which deployment this database is.
 *
 * Thrown when this process must not start on this database. The message says what to do; it never holds a secret.
 * The `code` lets a caller in another copy of this module recognise it without `instanceof`.
 */
export class DeploymentError extends Error {
  readonly code = 'deployment_refused'

  constructor(message: string) {
    super(message)
    this.name = 'DeploymentError'
  }
}
