/** Numbers are reserved on disk in blocks of this size, so that one write serves many credentials. */
export const SEQUENCE_BLOCK = 1_024

/**
 * The numbers of one generation. Each is given out once, and none before a number at least as high stands on disk:
 * after a crash the renewal states the reserved number, and a use above it would be taken for a copy's.
 */
export class SequenceNumbers {
  #next = 1
  #reserved: number
  #isFrozen = false
  #reservation: Promise<void> | null = null
  readonly #writeReservation: (highest: number) => Promise<void>

  /**
   * @param reserved the highest number that stands on disk already
   * @param writeReservation puts a higher one on disk, flushed
   */
  constructor(reserved: number, writeReservation: (highest: number) => Promise<void>) {
    this.#reserved = reserved
    this.#writeReservation = writeReservation
  }

  /** How many were given out. */
  get used(): number {
    return this.#next - 1
  }

  /** The next number; null when none is left and none may be reserved (see {@link freeze}). */
  async take(): Promise<number | null> {
    while (this.#next > this.#reserved) {
      if (this.#isFrozen) return null
      await this.#reserve(this.#reserved + SEQUENCE_BLOCK)
    }
    this.#next += 1
    return this.#next - 1
  }

  /** Reserves enough for a while in which nothing can be reserved, as much again as was used. */
  async reserveAhead(): Promise<void> {
    if (this.#isFrozen) return
    const wanted = this.used + Math.max(SEQUENCE_BLOCK, this.used)
    const highest = Math.ceil(wanted / SEQUENCE_BLOCK) * SEQUENCE_BLOCK
    while (this.#reserved < highest) await this.#reserve(highest)
  }

  /**
   * From now on nothing is reserved: the service may have been told which number is the highest.
   *
   * @returns false when that was so already
   */
  freeze(): boolean {
    const wasFrozen = this.#isFrozen
    this.#isFrozen = true
    return !wasFrozen
  }

  /** The service was told nothing after all. */
  thaw(): void {
    this.#isFrozen = false
  }

  /** Resolves when no reservation is on its way. */
  async settled(): Promise<void> {
    await this.#reservation
  }

  async #reserve(highest: number): Promise<void> {
    this.#reservation ??= this.#writeReservation(highest)
      .then(() => {
        this.#reserved = Math.max(this.#reserved, highest)
      })
      .finally(() => {
        this.#reservation = null
      })
    await this.#reservation
  }
}
