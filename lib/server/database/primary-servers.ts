import { findPrimary } from './find-primary'
import type { DatabaseIdentity } from './read-server-state'

/** However often connections fail, the servers are asked no more often than this. */
const shortestRestMs = 250

/**
 * Which of a cluster's servers is the primary now, for everything that connects: both pools, and the connection that
 * listens. Looks again when a connection fails, and tells the pools when the primary is another server than before.
 *
 * With one address there is nothing to look for: what stands behind it (a name, an address that moves) is asked by each new
 * connection.
 */
export class PrimaryServers {
  readonly #urls: readonly string[]
  readonly #listeners: (() => void)[] = []
  readonly #onMove: (words: string) => void
  #url: string
  #newest: DatabaseIdentity | undefined
  #looking: Promise<void> | undefined

  private constructor(urls: readonly string[], url: string, onMove: (words: string) => void) {
    this.#urls = urls
    this.#url = url
    this.#onMove = onMove
  }

  /** Throws what `findPrimary` throws. `onMove` gets words for the log, without a secret. */
  static async open(urls: readonly string[], onMove: (words: string) => void): Promise<PrimaryServers> {
    const [only, second] = urls
    if (only === undefined) throw new Error('No database server is named.')
    const servers = new PrimaryServers(urls, only, onMove)
    if (second !== undefined) servers.#url = (await findPrimary(urls)).url
    return servers
  }

  url(): string {
    return this.#url
  }

  /** Called after the primary has become another server. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /**
   * Takes note of the server that a new connection leads to. Throws when it is one that was replaced: this process has seen
   * a later timeline of the same cluster, so somebody has started the old primary again.
   */
  accept(identity: DatabaseIdentity): void {
    const newest = this.#newest
    if (newest?.systemIdentifier === identity.systemIdentifier && identity.timeline < newest.timeline) {
      throw new Error(
        `The database is on timeline ${identity.timeline}, and timeline ${newest.timeline} was in use: it is a primary that was replaced.`,
      )
    }
    this.#newest = identity
  }

  /** A connection failed, or led to a standby: look where the primary is, unless somebody is looking. Never rejects. */
  suspect(): void {
    if (this.#urls.length < 2 || this.#looking) return
    this.#looking = this.#look()
      .catch(() => undefined)
      .then(() => new Promise<void>((resolve) => setTimeout(resolve, shortestRestMs).unref()))
      .finally(() => (this.#looking = undefined))
  }

  async #look(): Promise<void> {
    const found = await findPrimary(this.#urls)
    this.accept(found.identity)
    if (found.url === this.#url) return
    this.#url = found.url
    this.#onMove(`The primary is ${new URL(found.url).host} now, timeline ${found.identity.timeline}.`)
    for (const listener of this.#listeners) listener()
  }
}
