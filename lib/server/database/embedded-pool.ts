import { Pool, type PoolClient } from 'pg'

/**
 * The pool of the embedded database's one connection. `pg`'s own throws a connection away after any error of a query, also
 * when the server merely said that a row does not fit; here the next query would then meet a socket that still belongs
 * to the last one. This one keeps a connection that answered.
 */
export class EmbeddedPool extends Pool {
  // The overloads are the driver's; every one of them comes down to these arguments and a promise.
  override query = ((...args: Parameters<PoolClient['query']>): Promise<unknown> =>
    this.#queryAndKeep(args)) as Pool['query']

  async #queryAndKeep(args: Parameters<PoolClient['query']>): Promise<unknown> {
    const client = await this.connect()
    try {
      // Without a callback it is a promise, whichever overload the driver's types pick.
      const result = await (client.query(...args) as unknown as Promise<unknown>)
      client.release()
      return result
    } catch (error) {
      // An error with a SQLSTATE is an answer; without one the connection is gone.
      client.release((error as { code?: string }).code === undefined)
      throw error
    }
  }
}
