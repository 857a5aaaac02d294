/**
 * `countersign/middleware`: a service's own code lets in only countersigned requests. All that is public stands in this
 * file, which the build turns into the declarations that users compile against.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { makeFastifyGuard } from './guard-fastify'
import { makeHonoGuard } from './guard-hono'
import { makeNodeGuard } from './guard-node'
import { makeRouteGuard } from './guard-route'
import { readFacts } from './request-facts'

/** A public key of the verification service, as its `/.well-known/jwks.json` lists it. */
export interface AssertionJwk {
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly kid?: string
  readonly [member: string]: unknown
}

/** What both forms take. */
export interface CommonOptions {
  /** The slug of this service in Countersign. */
  readonly service: string
  /** Lets requests in that the service was only told to observe. Never in a service that is to be protected. */
  readonly observe?: boolean
  /**
   * What becomes of a body that nobody has compared yet. `whole`, the default: it is read and compared before the handler
   * runs, which then reads it as ever. `stream`: the handler reads it as it comes, and where its bytes are not those that
   * were signed it breaks off instead of ending, as if the client had gone.
   */
  readonly body?: 'whole' | 'stream'
  /** The largest body that is read whole; 10 MiB by default. */
  readonly maxBodyBytes?: number
  /** How many bytes of bodies are held at a time, over all requests; beyond that requests are denied. 16 of the largest by default. */
  readonly maxHeldBytes?: number
  /** Milliseconds since 1970; the system's clock by default. */
  readonly nowMs?: () => number
}

/** The request came through a gateway, which has asked Countersign and hands on its assertion. */
export type AssertionOptions = CommonOptions & {
  /** Canonical hosts under which this service is called (`orders.example`, `127.0.0.1:8080`); any by default. */
  readonly authorities?: readonly string[]
  /** How far this machine's clock may be from the service's; 5 by default. */
  readonly clockToleranceSeconds?: number
  /** How many assertions of the last seconds are remembered; beyond that requests are denied. 100,000 by default. */
  readonly maxRememberedAssertions?: number
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

/** The request comes as the machine sent it; this service asks Countersign about the credential itself. */
export type CredentialOptions = CommonOptions & {
  /** `https://<verification service>`, http for loopback hosts, or `unix:/path` of a socket that Countersign made for this gateway. */
  readonly server: string
  /** Accepts http:// to other hosts, where whoever is on the way can answer in the service's place. */
  readonly allowHttp?: boolean
  /** How long a decision may take, everything included; 1,000 by default. What comes later is a denial. */
  readonly deadlineMs?: number
  /** A file that holds a key of a gateway of profile `library`; read once, when the guard is made. A socket needs none. */
  readonly gatewayKeyFile?: string
  /** The key itself, out of a secret store. */
  readonly gatewayKey?: string
}

export type CountersignOptions = AssertionOptions | CredentialOptions

/** What was verified about a request that was let in. */
export interface CountersignFacts {
  /** Undefined for a request that was only observed and comes from no known machine. */
  readonly machine:
    | {
        readonly id: string
        readonly spiffeId: string
        readonly generation: number
        /** What operators call it; undefined where an assertion was checked, which does not say it. */
        readonly name: string | undefined
        /** Undefined where an assertion was checked. */
        readonly labels: Readonly<Record<string, string>> | undefined
      }
    | undefined
  readonly decisionId: string
  /** The host that was signed; of what was only observed, at most what the gateway reported. */
  readonly authority: string | undefined
  /** `unchecked`: this library compares the body. `none`: no body, or the service does not bind bodies. */
  readonly content: 'checked' | 'unchecked' | 'none'
  readonly isObserved: boolean
}

/** For `node:http`, Express, and whatever else calls `(request, response, next)`. */
export type CountersignMiddleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** An `onRequest` hook of Fastify. */
export type CountersignFastifyHook = (
  request: { readonly raw: IncomingMessage },
  reply: {
    readonly raw: ServerResponse
    code(status: number): unknown
    headers(values: Record<string, string>): unknown
    send(payload: Buffer): unknown
  },
) => Promise<unknown>

/** A middleware of Hono. */
export type CountersignHonoMiddleware = (
  context: { readonly req: { raw: Request }; readonly env: unknown },
  next: () => Promise<void>,
) => Promise<Response | undefined>

/** Wraps a handler of Web requests, such as a route handler of Next.js. */
export interface CountersignRoute {
  <Received extends Request, Context>(
    handler: (request: Received, context: Context) => Response | Promise<Response>,
  ): (request: Received, context: Context) => Promise<Response>
}

/** The same where bodies are streamed: the handler gets a plain `Request` of its own. */
export interface CountersignStreamRoute {
  <Context>(
    handler: (request: Request, context: Context) => Response | Promise<Response>,
  ): (request: Request, context: Context) => Promise<Response>
}

/**
 * Makes a middleware for `node:http` and Express that lets a request in only when it was countersigned: for this very
 * method and target as received, for this service, once. Everything else is answered 401, 403 or 413 and `next` is not
 * called. Put it before whatever reads the body.
 *
 * @throws TypeError for options that could not protect anything
 */
export const requireCountersign: (options: CountersignOptions) => CountersignMiddleware = makeNodeGuard

/** The same as an `onRequest` hook of Fastify. @throws TypeError for options that could not protect anything */
export const fastifyCountersign: (options: CountersignOptions) => CountersignFastifyHook = makeFastifyGuard

/** The same as a middleware of Hono. @throws TypeError for options that could not protect anything */
export const honoCountersign: (options: CountersignOptions) => CountersignHonoMiddleware = makeHonoGuard

/**
 * The same around handlers that take a Web `Request`. Its URL and headers are compared as the handler sees them, because
 * it has lost what was on the wire.
 *
 * @throws TypeError for options that could not protect anything
 */
export const routeCountersign: {
  (options: CountersignOptions & { readonly body: 'stream' }): CountersignStreamRoute
  (options: CountersignOptions & { readonly body?: 'whole' }): CountersignRoute
} = makeRouteGuard

/**
 * What was verified about a request: of `node:http` and Express the request, of Fastify its request, of Hono the context,
 * of a route the request that its handler got.
 *
 * @throws Error for a request that was not let in here, so that a route which nobody guards fails instead of trusting
 */
export const countersignOf: (request: object) => CountersignFacts = readFacts
