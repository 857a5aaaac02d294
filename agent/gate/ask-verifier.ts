import { formatContentDigest, type HttpField } from '@/lib/protocol'
import { parseProblem } from '../http/problem-document'
import { parseRequestUrl } from '../http/parse-request-url'
import { readBody, SendError, sendRequest, type HttpAgents } from '@/lib/platform/send-request'
import type { RunningMachine } from '../machine/running-machine'
import { isRecord } from '../store/machine-state'
import { makeDenial, type Denial } from './gate-problem'

/** How long a gate waits for a decision, everything included. */
const DEADLINE_MS = 1_000
const MAX_ANSWER_BYTES = 64 * 1024
const VERIFY_PATH = '/api/v1/verify'

/** Who the gate is to the verification service. */
export type GateIdentity =
  | { readonly kind: 'gateway-key'; readonly key: string }
  | { readonly kind: 'machine'; readonly machine: Pick<RunningMachine, 'signGatewayCall'> }

export interface Verifier {
  readonly serverUrl: string
  readonly service: string
  readonly identity: GateIdentity
  readonly agents: HttpAgents
}

export interface RequestToDecide {
  readonly method: string
  readonly target: string
  readonly authority: string
  readonly headers: readonly HttpField[]
  readonly bodyDigests: { readonly sha256: Buffer; readonly sha512: Buffer }
  readonly sourceAddress: string | undefined
}

export type VerifierAnswer =
  | {
      outcome: 'allowed'
      decisionId: string
      machineId: string | undefined
      assertion: string
      /** The host that was signed; undefined when the request was only observed. */
      authority: string | undefined
      isObserved: boolean
    }
  | { outcome: 'denied'; denial: Denial; code: string }
  | { outcome: 'unavailable'; reason: string }

/** Asks the verification service about one request. Everything but a whole and timely 200 means that it may not pass. */
export async function askVerifier(verifier: Verifier, request: RequestToDecide): Promise<VerifierAnswer> {
  const body = Buffer.from(
    JSON.stringify({
      service: verifier.service,
      method: request.method,
      target: request.target,
      authority: request.authority,
      headers: request.headers,
      bodyDigest: formatBodyDigests(request),
      ...(request.sourceAddress === undefined ? {} : { sourceAddress: request.sourceAddress }),
    }),
  )
  const deadline = performance.now() + DEADLINE_MS
  try {
    return await call(verifier, body, deadline).catch((error: unknown) => {
      // The service closed an idle connection in the moment it was used. At worst it has decided already, and the
      // second call is answered as a replay: denied.
      if (error instanceof SendError && error.wasKeptConnectionClosed) return call(verifier, body, deadline)
      throw error
    })
  } catch (error) {
    return { outcome: 'unavailable', reason: error instanceof Error ? error.message : 'unknown error' }
  }
}

async function call(verifier: Verifier, body: Buffer, deadline: number): Promise<VerifierAnswer> {
  const url = parseRequestUrl(`${verifier.serverUrl}${VERIFY_PATH}`)
  const remaining = (): number => Math.max(1, deadline - performance.now())
  const response = await sendRequest({
    ...url,
    method: 'POST',
    headers: [
      ['Host', url.authority],
      ['Content-Type', 'application/json'],
      ['Content-Length', String(body.length)],
      ...identify(verifier.identity, url.authority, body),
    ],
    body,
    agent: verifier.agents,
    timeoutMs: remaining(),
  })
  const text = (await readBody(response, MAX_ANSWER_BYTES, remaining())).toString('utf8')
  if (response.statusCode === 200) return readAllow(text)
  if (response.statusCode !== 401 && response.statusCode !== 403) {
    return { outcome: 'unavailable', reason: `the verification service answered with status ${response.statusCode}` }
  }
  const problem = parseProblem(text)
  if (problem === null) return { outcome: 'unavailable', reason: 'the verification service denied without a reason' }
  const passed = ['WWW-Authenticate', 'Accept-Signature', 'Countersign-Problem'].flatMap((name): [string, string][] => {
    const value = response.headers[name.toLowerCase()]
    return typeof value === 'string' && /^[\x20-\x7e]{1,4096}$/.test(value) ? [[name, value]] : []
  })
  const headers: [string, string][] = [['Content-Type', 'application/problem+json'], ...passed]
  const denial = { status: response.statusCode, headers, body: Buffer.from(text) }
  return { outcome: 'denied', denial, code: problem.code }
}

function identify(identity: GateIdentity, authority: string, body: Buffer): HttpField[] {
  if (identity.kind === 'gateway-key') return [['Countersign-Gateway-Key', identity.key]]
  return identity.machine.signGatewayCall({ authority, path: VERIFY_PATH, body })
}

function readAllow(text: string): VerifierAnswer {
  const unreadable = { outcome: 'unavailable', reason: 'the verification service’s answer cannot be read' } as const
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return unreadable
  }
  if (!isRecord(answer)) return unreadable
  const { decisionId, machine, assertion, outcome } = answer
  const machineId = isRecord(machine) ? machine['id'] : undefined
  if (!isToken(decisionId, 128) || (machineId !== undefined && !isToken(machineId, 128))) return unreadable
  // A gate has a next hop to tell, so the service has to have made it one of profile gate.
  if (!isToken(assertion, 16_384))
    return { outcome: 'unavailable', reason: 'the gateway’s profile is not gate: no assertion came' }
  const claims = readClaims(assertion)
  const isObserved = outcome === 'observed'
  const authority = isObserved ? undefined : claims['authority']
  // Only what is merely observed may lack a machine, or a host that was signed.
  if (!isObserved && (machineId === undefined || !isToken(authority, 261))) return unreadable
  return {
    outcome: 'allowed',
    decisionId,
    machineId,
    assertion,
    authority: isToken(authority, 261) ? authority : undefined,
    isObserved,
  }
}

/** The assertion came straight from its maker over this very call, so its signature is the backend's business. */
function readClaims(assertion: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return isRecord(claims) ? claims : {}
  } catch {
    return {}
  }
}

/** Every digest that the request may claim: all that it does claim have to match (protocol section 4). */
function formatBodyDigests({ headers, bodyDigests }: RequestToDecide): string {
  const sha256 = formatContentDigest(bodyDigests.sha256)
  const claimsMore = headers.some(
    ([name, value]) => name.toLowerCase() === 'content-digest' && value.includes('sha-512'),
  )
  return claimsMore ? `${sha256}, sha-512=:${bodyDigests.sha512.toString('base64')}:` : sha256
}

/** Text that can stand in a header field as it is. */
function isToken(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && /^[\x21-\x7e]+$/.test(value)
}

/** The gate's answer when the verification service gave none. */
export function unavailable(): Denial {
  return makeDenial('unavailable', 'The verification service did not answer this gate in time.')
}
