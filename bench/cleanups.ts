/** What has to be ended and removed when the run ends, however it does. */
export class Cleanups {
  readonly #pending = new Set<() => Promise<void>>()
  #run: Promise<void> | undefined

  /** Returns the same step, which takes itself off the list when it is called. */
  add(remove: () => Promise<void>): () => Promise<void> {
    const once = () => (this.#pending.delete(once) ? remove() : Promise.resolve())
    this.#pending.add(once)
    return once
  }

  get isEnding(): boolean {
    return this.#run !== undefined
  }

  /** The last made first: servers before the database they use. Called again, it does what was added since. */
  runAll(): Promise<void> {
    return (this.#run = (this.#run ?? Promise.resolve()).then(() => this.#runAll()))
  }

  async #runAll(): Promise<void> {
    for (const remove of [...this.#pending].reverse()) await remove().catch(() => undefined)
  }
}
