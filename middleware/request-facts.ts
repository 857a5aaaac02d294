import type { CountersignFacts } from '.'

/** Kept beside the requests, not in them: no other code, and no client, can write them. */
const factsOf = new WeakMap<object, CountersignFacts>()

/** @param requests what stands for one request: the framework's object, and the one below it */
export function rememberFacts(facts: CountersignFacts, ...requests: readonly object[]): void {
  for (const request of requests) factsOf.set(request, facts)
}

/** @throws Error for a request that was not let in by this library */
export function readFacts(request: object): CountersignFacts {
  const facts = factsOf.get(request)
  if (facts === undefined) throw new Error('This request was not let in by countersign/middleware.')
  return facts
}
