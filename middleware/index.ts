/** For plain node:http backends: lets a request in only with a valid assertion of the verification service (`countersign/middleware`). */
export { requireCountersign } from './require-countersign'
export type {
  CountersignFacts,
  CountersignMiddleware,
  CountersignRequest,
  RequireCountersignOptions,
} from './require-countersign'
export type { AssertionJwk } from './assertion-keys'
