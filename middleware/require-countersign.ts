import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AssertionClaims } from '@/lib/protocol'
import { fetchAssertionKeys, pinAssertionKeys, type AssertionJwk } from './assertion-keys'
import { checkBody, fieldLines } from './check-body'
import { deny, sendDenial, type Denial } from './denial'
import { UsedAssertions } from './used-assertions'
import { verifyAssertion, type AssertionExpectation } from './verify-assertion'

export type RequireCountersignOptions = {
  /** The slug of this service in Countersign. */
  readonly service: string
  /** Canonical hosts under which this service is called (`orders.example`, `127.0.0.1:8080`); any by default. */
  readonly authorities?: readonly string[]
  /** Lets requests in that the service was only told to observe. Never in a service that is to be protected. */
  readonly observe?: boolean
  /** The largest body that is read to be compared; 10 MiB by default. */
  readonly maxBodyBytes?: number
  /** How far this machine's clock may be from the service's; 5 by default. */
  readonly clockToleranceSeconds?: number
  /** How many assertions of the last seconds are remembered; beyond that requests are denied. 100,000 by default. */
  readonly maxRememberedAssertions?: number
  /** Milliseconds since 1970; the system's clock by default. */
  readonly nowMs?: () => number
} & (
  | {
      /** `https://<verification service>/.well-known/jwks.json`; http for loopback hosts. */
      readonly jwksUrl: string
      /** The public URL of the verification service; by default where `jwksUrl` is. */
      readonly issuer?: string
      /** Accepts http:// to other hosts, where whoever is on the way can replace the keys. */
      readonly allowHttp?: boolean
    }
  | { readonly issuerKeys: readonly AssertionJwk[]; readonly issuer: string }
)

/** What a verified assertion says. */
export interface CountersignFacts {
  /** Undefined for a request that was only observed. */
  readonly machine: { readonly id: string; readonly spiffeId: string; readonly generation: number } | undefined
  readonly decisionId: string
  readonly authority: string
  /** `none`: the request has no body, or the service does not bind bodies. */
  readonly content: AssertionClaims['content']
  readonly isObserved: boolean
}

export type CountersignRequest = IncomingMessage & {
  countersign?: CountersignFacts
  /** The body's bytes, when they had to be read to be compared; the stream is at its end then. */
  body?: unknown
}

export type CountersignMiddleware = (request: CountersignRequest, response: ServerResponse, next: () => void) => void

/**
 * Makes a middleware that lets a request in only with a valid `Countersign-Assertion` for it: method and target as
 * received, this service, at most ten seconds old, each one once. Everything else is answered 401 or 403 and `next` is
 * not called. Put it before whatever rewrites `req.url` or reads the body.
 *
 * @throws TypeError for options that could not protect anything
 */
export function requireCountersign(options: RequireCountersignOptions): CountersignMiddleware {
  const nowMs = options.nowMs ?? Date.now
  const expected: AssertionExpectation = {
    ...readTrust(options, nowMs),
    service: readSlug(options.service),
    authorities: options.authorities === undefined ? undefined : new Set(options.authorities),
    isObservedAllowed: options.observe === true,
    clockToleranceSeconds: options.clockToleranceSeconds ?? 5,
    used: new UsedAssertions(options.maxRememberedAssertions ?? 100_000),
    nowMs,
  }
  const maxBodyBytes = options.maxBodyBytes ?? 10 * 1024 * 1024
  return (request, response, next) => {
    // A backend must not stop for one request that it cannot judge.
    admit(request, expected, maxBodyBytes)
      .catch(() => deny('unavailable', 'The assertion could not be checked.'))
      .then((result) => {
        if (result.outcome === 'denied') {
          sendDenial(response, result)
          return
        }
        request.countersign = result.facts
        if (result.body !== undefined) request.body = result.body
        next()
      })
      // What `next` throws is the backend's own: it must end as an uncaught exception, as it would without us.
      .catch((error: unknown) => process.nextTick(() => rethrow(error)))
  }
}

async function admit(
  request: IncomingMessage,
  expected: AssertionExpectation,
  maxBodyBytes: number,
): Promise<{ outcome: 'admitted'; facts: CountersignFacts; body: Buffer | undefined } | Denial> {
  const lines = fieldLines(request, 'countersign-assertion')
  const [token] = lines
  if (token === undefined)
    return deny('credential_missing', 'The request did not come through a gateway of this service.')
  if (lines.length > 1) return deny('credential_malformed', 'The request has more than one Countersign-Assertion.')
  const { method = '', url = '' } = request
  const verified = await verifyAssertion(token.trim(), { method, target: url }, expected)
  if (verified.outcome === 'denied') return verified
  const { claims } = verified
  // Observed is let in as it is: its body may have been signed by nobody.
  if (claims.outcome === 'observed') return { outcome: 'admitted', facts: factsOf(claims), body: undefined }
  const content = await checkBody(request, claims, maxBodyBytes)
  return content.outcome === 'denied' ? content : { outcome: 'admitted', facts: factsOf(claims), body: content.body }
}

function factsOf(claims: AssertionClaims): CountersignFacts {
  const id = /\/machine\/(mach_[0-9a-z]{26})$/.exec(claims.sub)?.[1]
  return {
    machine: id === undefined ? undefined : { id, spiffeId: claims.sub, generation: claims.gen },
    decisionId: claims.jti,
    authority: claims.authority,
    content: claims.content,
    isObserved: claims.outcome === 'observed',
  }
}

function readTrust(
  options: RequireCountersignOptions,
  nowMs: () => number,
): Pick<AssertionExpectation, 'issuer' | 'keys'> {
  if ('issuerKeys' in options) return { issuer: options.issuer, keys: pinAssertionKeys(options.issuerKeys) }
  const url = new URL(options.jwksUrl)
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (isLoopback || options.allowHttp === true))) {
    throw new TypeError(
      'jwksUrl is https://, or http:// on this machine: whoever changes the keys on their way opens everything.',
    )
  }
  return { issuer: options.issuer ?? url.origin, keys: fetchAssertionKeys(url, nowMs) }
}

function readSlug(service: string): string {
  if (!/^[a-z0-9-]{1,63}$/.test(service)) throw new TypeError('service is the slug of a service: a-z, 0-9 and "-".')
  return service
}

function rethrow(error: unknown): never {
  throw error
}
