import { setFlagsFromString } from 'node:v8'

/** How far the old generation may grow beyond what was alive in it after the last whole collection. */
const growingPercent = 600

/**
 * Lets V8 collect the whole heap seldom. What it allows by itself is little more than what is alive, so that under
 * load it marks everything every second, on the thread that decides and beside it on a core that the database needs.
 * Source: `MemoryController::GrowingFactor` of V8, which reads this flag after each collection. For a process that only
 * decides: pages keep more alive. docs/adr/0021 says what it costs.
 */
export function spareCollector(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`)
}
