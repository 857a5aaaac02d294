/**
 * A histogram of plain numbers: what is observed costs a short loop and two additions, and nothing is allocated. Prometheus
 * reads it when it scrapes.
 */
export class PlainHistogram {
  /** Upper bounds, rising; values above the last one count in `total` alone. */
  readonly bounds: readonly number[]
  readonly #counts: Float64Array
  #total = 0
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length)
  }

  observe(value: number): void {
    this.#total++
    this.#sum += value
    const { bounds } = this
    for (let index = 0; index < bounds.length; index++) {
      if (value <= (bounds[index] ?? 0)) {
        this.#counts[index] = (this.#counts[index] ?? 0) + 1
        return
      }
    }
  }

  /** Cumulative counts, one a bound, as Prometheus wants them; the number of values, and their sum. */
  read(): { readonly cumulative: readonly number[]; readonly total: number; readonly sum: number } {
    let running = 0
    return {
      cumulative: Array.from(this.#counts, (count) => (running += count)),
      total: this.#total,
      sum: this.#sum,
    }
  }
}
