import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * What Next.js takes from headers for its own machinery. Nobody outside has a use for them, and each has been a way
 * around something once (threats.md, 32); checks stand in the handlers all the same.
 */
const internalHeaders =
  /^(?:x-middleware-.*|x-invoke-.*|x-matched-path|x-rewrite-url|x-original-url|x-now-route-matches|x-nextjs-.*|x-next-.*|next-resume.*|x-nonce|x-countersign-.*|content-security-policy(?:-report-only)?)$/

/** How Next's router asks for parts of pages. The API has no parts, and answers the same with them. */
const routerHeaders = /^(?:rsc|next-action|next-url|next-router-.*)$/

/** The same for whatever Next.js answers. */
const fixedHeaders: readonly (readonly [string, string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  // Set-up and reset links stand in the path.
  ['Referrer-Policy', 'no-referrer'],
  ['X-Frame-Options', 'DENY'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
]

/**
 * Prepares a request for Next.js: takes away what a client must not say, says what handlers and pages cannot see (socket
 * and path), and gives the answer its security headers.
 *
 * Here and not in a `proxy.ts`, because nothing of Next's can be talked out of it. The nonce is new for each answer; Next
 * reads it from the request's `Content-Security-Policy` for its own inline scripts, pages read `x-nonce`.
 */
export function setPageHeaders(req: IncomingMessage, res: ServerResponse, options: { readonly isTls: boolean }): void {
  const isApi = (req.url ?? '').startsWith('/api/')
  for (const name of Object.keys(req.headers)) {
    if (internalHeaders.test(name) || (isApi && routerHeaders.test(name))) Reflect.deleteProperty(req.headers, name)
  }
  const nonce = randomBytes(16).toString('base64')
  const policy = contentSecurityPolicy(nonce)
  req.headers['content-security-policy'] = policy
  req.headers['x-nonce'] = nonce
  req.headers['x-countersign-peer'] = req.socket.remoteAddress ?? ''
  req.headers['x-countersign-path'] = req.url ?? ''
  for (const [name, value] of fixedHeaders) res.setHeader(name, value)
  res.setHeader('Content-Security-Policy', policy)
  if (options.isTls) res.setHeader('Strict-Transport-Security', 'max-age=31536000')
}

/**
 * Scripts run by nonce alone, and what they load. Style sheets and style elements by nonce too; style attributes are
 * allowed, because the primitives place what floats with them, and an attribute loads nothing under this policy.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
