/** How many bytes of bodies a process holds at the same time, over all requests. */
export class ByteBudget {
  #held = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false
    this.#held += bytes
    return true
  }

  give(bytes: number): void {
    this.#held -= bytes
  }
}
