import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { ByteBudget } from '@/lib/platform/byte-budget'
import { SendError, sendRequest, type HttpAgents } from '@/lib/platform/send-request'
import {
  checkContentDigest,
  computeBodyDigests,
  isCountersignAlias,
  pairFields,
  parseAuthority,
  parseContentDigest,
  parseRequestTarget,
  type HttpField,
} from '@/lib/protocol'
import type { RequestUrl } from '../http/parse-request-url'
import { askVerifier, unavailable, type Verifier, type VerifierAnswer } from './ask-verifier'
import { bufferBody } from './buffer-body'
import { dropsCoveredField, selectRequestFields, selectResponseFields } from './forwarded-fields'
import { makeDenial, makeUpstreamFault, sendDenial, type Denial } from './gate-problem'

const MAX_HEADER_LINES = 200
/** Until the upstream's answer begins. */
const UPSTREAM_TIMEOUT_MS = 300_000
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface Gate {
  readonly verifier: Verifier
  readonly upstream: RequestUrl
  readonly agents: HttpAgents
  readonly maxBodyBytes: number
  readonly budget: ByteBudget
  /** One line for the operator; never holds a query, a header value or a key. */
  log(line: string): void
}

/** Lets one request through when the verification service says exactly 200, and answers it with a denial otherwise. */
export async function handleGateRequest(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fields = pairFields(request.rawHeaders)
  const place = checkShape(request, fields)
  if ('denial' in place) {
    sendDenial(response, place.denial, { close: true })
    return
  }
  const buffered = await bufferBody(request, gate.maxBodyBytes, gate.budget)
  if (buffered.outcome !== 'buffered') {
    sendDenial(response, denyUnread(buffered.outcome), { close: true })
    return
  }
  try {
    const denial = await decideAndForward(gate, request, response, { fields, ...place, body: buffered.body })
    if (denial !== null) sendDenial(response, denial, { close: false })
  } finally {
    buffered.release()
  }
}

interface ReadRequest {
  readonly fields: readonly HttpField[]
  readonly host: string
  /** What the upstream gets on its request line. */
  readonly originForm: string
  readonly body: Buffer
}

/** What can be refused before the body is read, and without asking anybody. */
function checkShape(
  request: IncomingMessage,
  fields: readonly HttpField[],
): { denial: Denial } | { host: string; originForm: string } {
  const malformed = (detail: string): { denial: Denial } => ({ denial: makeDenial('credential_malformed', detail) })
  if (fields.length > MAX_HEADER_LINES) return malformed(`The request has more than ${MAX_HEADER_LINES} header lines.`)
  const hosts = fields.filter(([name]) => name.toLowerCase() === 'host').map(([, value]) => value)
  const [host] = hosts
  if (host === undefined || hosts.length !== 1) return malformed('The request has not exactly one Host.')
  if (dropsCoveredField(fields)) {
    return { denial: makeDenial('component_missing', 'Connection would remove a field that the signature covers.') }
  }
  const rawTarget = request.url ?? ''
  const target = parseRequestTarget(rawTarget, { allowEncodedSlash: true })
  // The verifier refuses the same targets; it is asked all the same, because it keeps the record.
  if (target.outcome === 'refused' || target.authority === undefined) return { host, originForm: rawTarget }
  // RFC 9112 §3.2.2: the authority of an absolute-form target counts, and Host has to be the same.
  const named = parseAuthority(host, target.scheme)
  if (named.outcome === 'refused' || named.authority !== target.authority) {
    return malformed('The request-target names another host than Host.')
  }
  return { host, originForm: `${target.path}${target.hasQuery ? target.query : ''}` }
}

function denyUnread(outcome: 'too_large' | 'no_room' | 'broken'): Denial {
  switch (outcome) {
    case 'too_large':
      return makeDenial('request_too_large', 'The body is larger than this gate checks.')
    case 'no_room':
      return makeDenial('unavailable', 'This gate holds as many bodies as it can.')
    case 'broken':
      return makeDenial('credential_malformed', 'The body was broken off.')
  }
}

/** @returns what to answer instead; null when the upstream's answer was handed on */
async function decideAndForward(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  read: ReadRequest,
): Promise<Denial | null> {
  const method = request.method ?? ''
  const { fields, body } = read
  const digests = computeBodyDigests(body)
  const answer = await askVerifier(gate.verifier, {
    method,
    target: request.url ?? '',
    authority: read.host,
    headers: fields.filter(([name]) => !isCountersignAlias(name)),
    bodyDigests: digests,
    sourceAddress: request.socket.remoteAddress,
  })
  if (answer.outcome === 'unavailable') {
    gate.log(`denied, unavailable: ${answer.reason}`)
    return unavailable()
  }
  if (answer.outcome === 'denied') {
    // Codes that are about the gate itself are for its operator.
    if (answer.code === 'gateway_unknown' || answer.code === 'service_unknown') gate.log(`denied, ${answer.code}`)
    return answer.denial
  }
  // The verifier was told the digests and has decided by them; a body is too much to take its word for.
  if (!answer.isObserved) {
    if (BODILESS.has(method) && body.length > 0) {
      return makeDenial('body_unexpected', `A ${method} request has no body.`)
    }
    if (isOtherBody(fields, digests)) return makeDenial('digest_mismatch', 'The gate compared it.')
  }
  return forward(gate, request, response, read, answer)
}

/** The gate's own comparison. */
function isOtherBody(fields: readonly HttpField[], digests: ReturnType<typeof computeBodyDigests>): boolean {
  const lines = fields.filter(([name]) => name.toLowerCase() === 'content-digest')
  if (lines.length === 0) return false
  const parsed = parseContentDigest(lines[0]?.[1].trim() ?? '')
  if (lines.length > 1 || parsed.outcome === 'refused') return true
  return checkContentDigest(parsed.digest, digests).outcome === 'refused'
}

async function forward(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  read: ReadRequest,
  allowed: VerifierAnswer & { outcome: 'allowed' },
): Promise<Denial | null> {
  const method = request.method ?? ''
  const hasBody = !BODILESS.has(method) || read.body.length > 0
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  // The host that was signed, not the one that the client wrote: a backend may route by it.
  const host = allowed.authority ?? read.host
  const headers: HttpField[] = [
    ['Host', host],
    ...selectRequestFields(read.fields),
    ['X-Forwarded-For', request.socket.remoteAddress ?? 'unknown'],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Proto', 'http'],
    ...(hasBody ? [['Content-Length', String(read.body.length)] as const] : []),
    ['Countersign-Decision', allowed.decisionId],
    ...(allowed.machineId === undefined ? [] : [['Countersign-Machine', allowed.machineId] as const]),
    ['Countersign-Assertion', allowed.assertion],
  ]
  const { upstream, agents: agent } = gate
  const send = (): Promise<IncomingMessage> =>
    sendRequest({
      ...upstream,
      ...{ method, headers, agent, signal: gone.signal, timeoutMs: UPSTREAM_TIMEOUT_MS },
      target: read.originForm,
      ...(hasBody ? { body: read.body } : {}),
    })
  let answer: IncomingMessage
  try {
    answer = await send().catch((error: unknown) => {
      // RFC 9110 §9.2.2: only what is safe may be sent again when nobody knows whether it arrived.
      const isSafe = BODILESS.has(method) && error instanceof SendError && error.wasKeptConnectionClosed
      if (isSafe) return send()
      throw error
    })
  } catch (error) {
    gate.log(`upstream: ${error instanceof Error ? error.message : 'unknown error'}`)
    return makeUpstreamFault('The request was allowed; make a new credential to try again.')
  }
  response.sendDate = false
  response.writeHead(
    answer.statusCode ?? 502,
    answer.statusMessage ?? '',
    selectResponseFields(pairFields(answer.rawHeaders)).flat(),
  )
  // A connection that breaks in the middle breaks the client's too: that is how HTTP says "not whole".
  await pipeline(answer, response).catch(() => undefined)
  return null
}
