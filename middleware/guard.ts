import { ByteBudget } from '@/lib/platform/byte-budget'
import type { CountersignFacts, CountersignOptions } from '.'
import { makeAssertionCheck } from './assertion-check'
import { makeCredentialCheck } from './credential-check'
import { deny, type Denial } from './denial'
import type { ReceivedRequest } from './incoming-request'
import type { NodeBodyLimits } from './node-body'

export type Admission = { readonly outcome: 'admitted'; readonly facts: CountersignFacts } | Denial

/** Decides about requests of one service, in one of the two forms. */
export interface Guard {
  readonly limits: NodeBodyLimits
  /** Always answers; what cannot be decided is denied. The body is let go, or dropped. */
  admit(request: ReceivedRequest): Promise<Admission>
}

export type Check = (request: ReceivedRequest) => Promise<Admission>

const DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024
const MAX_FIELD_LINES = 200

/** @throws TypeError for options that could not protect anything */
export function makeGuard(options: CountersignOptions): Guard {
  if (!/^[a-z0-9-]{1,63}$/.test(options.service)) {
    throw new TypeError('service is the slug of a service: a-z, 0-9 and "-".')
  }
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const check: Check = 'server' in options ? makeCredentialCheck(options) : makeAssertionCheck(options)
  return {
    limits: { maxBodyBytes, budget: new ByteBudget(options.maxHeldBytes ?? 16 * maxBodyBytes) },
    async admit(request) {
      let admission: Admission
      try {
        admission = checkShape(request) ?? (await check(request))
      } catch {
        // A service must not stop for one request that it cannot judge.
        admission = deny('unavailable', 'The request could not be checked.')
      }
      if (admission.outcome === 'denied') request.body.drop()
      return admission
    },
  }
}

/** What is refused in both forms, because two readers could take it for two requests. */
function checkShape({ target, fields }: ReceivedRequest): Denial | undefined {
  // A URL as the target names a host of its own, and `*` no path.
  if (!target.startsWith('/')) return deny('credential_malformed', 'The request-target has to be a path.')
  if (fields.length > MAX_FIELD_LINES) {
    return deny('credential_malformed', `The request has more than ${MAX_FIELD_LINES} header lines.`)
  }
  if (fields.some(([name]) => name.startsWith(':'))) {
    return deny('credential_malformed', 'This library reads HTTP/1.1; let what stands before it speak that.')
  }
  return undefined
}
