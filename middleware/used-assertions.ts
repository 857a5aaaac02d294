/** The assertions that were taken, for as long as they could come again. */
export class UsedAssertions {
  readonly #expiryMs = new Map<string, number>()
  readonly #limit: number

  /** @param limit how many can be remembered; beyond it nothing is let in, rather than something twice */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * @param jti the decision that an assertion speaks about
   * @param untilMs when the assertion is refused for its age anyway
   */
  take(jti: string, untilMs: number, nowMs: number): 'first' | 'again' | 'full' {
    // They expire in nearly the order in which they come; one that expires early waits behind another for seconds.
    for (const [old, expiryMs] of this.#expiryMs) {
      if (expiryMs > nowMs) break
      this.#expiryMs.delete(old)
    }
    if (this.#expiryMs.has(jti)) return 'again'
    if (this.#expiryMs.size >= this.#limit) return 'full'
    this.#expiryMs.set(jti, untilMs)
    return 'first'
  }
}
