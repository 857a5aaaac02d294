/** Exact percentiles: every latency is kept and sorted. */
export function summarizeLatencies(latenciesMs: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } {
  const sorted = Float64Array.from(latenciesMs).sort()
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
