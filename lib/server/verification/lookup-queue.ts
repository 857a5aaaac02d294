/** Why a look-up has no answer: too many ids wait already, or the database gave none. */
export type QueuedLookup<Row> =
  { readonly outcome: 'read'; readonly row: Row | undefined } | { readonly outcome: 'unavailable' }

/**
 * Gathers the ids that are asked for and reads them together: one statement at a time, no more often than every
 * `spacingMs`, with at most `largest` ids. What does not fit is `unavailable` at once; nothing grows without bound.
 */
export class LookupQueue<Row> {
  readonly #read: (ids: string[]) => Promise<Map<string, Row>>
  readonly #spacingMs: number
  readonly #largest: number
  #waiting = new Map<string, ((lookup: QueuedLookup<Row>) => void)[]>()
  #isBusy = false

  constructor(read: (ids: string[]) => Promise<Map<string, Row>>, spacingMs: number, largest: number) {
    this.#read = read
    this.#spacingMs = spacingMs
    this.#largest = largest
  }

  find(id: string): Promise<QueuedLookup<Row>> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id)
      if (waiting) return void waiting.push(resolve)
      if (this.#waiting.size >= this.#largest) return resolve({ outcome: 'unavailable' })
      this.#waiting.set(id, [resolve])
      if (this.#isBusy) return
      this.#isBusy = true
      setImmediate(() => void this.#work())
    })
  }

  async #work(): Promise<void> {
    while (this.#waiting.size > 0) {
      const startedMs = performance.now()
      const batch = this.#waiting
      this.#waiting = new Map()
      const rows = await this.#read([...batch.keys()]).catch(() => undefined)
      for (const [id, resolves] of batch) {
        const lookup: QueuedLookup<Row> = rows ? { outcome: 'read', row: rows.get(id) } : { outcome: 'unavailable' }
        for (const resolve of resolves) resolve(lookup)
      }
      const restMs = this.#spacingMs - (performance.now() - startedMs)
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    }
    this.#isBusy = false
  }
}
