import { readBody, SendError, sendRequest, type HttpAgents } from '@/lib/platform/send-request'
import { formatContentDigest, isCountersignAlias, type HttpField, type ParsedContentDigest } from '@/lib/protocol'
import type { CountersignFacts } from '.'
import { deny, formDenial, type Denial } from './denial'
import type { ServiceAddress } from './service-address'

const VERIFY_PATH = '/api/v1/verify'
const MAX_ANSWER_BYTES = 64 * 1024

export interface VerificationService {
  readonly address: ServiceAddress
  /** The service that is protected. */
  readonly slug: string
  /** Undefined where the socket says who asks. */
  readonly gatewayKey: string | undefined
  readonly deadlineMs: number
  readonly agents: HttpAgents
}

export interface RequestToDecide {
  readonly method: string
  readonly target: string
  readonly authority: string
  readonly fields: readonly HttpField[]
  readonly bodyDigests: ParsedContentDigest | undefined
  readonly sourceAddress: string | undefined
}

export type ServiceAnswer = { readonly outcome: 'allowed'; readonly facts: CountersignFacts } | Denial

/** Asks the verification service about one request. Everything but a whole and timely 200 means that it may not pass. */
export async function askVerificationService(
  service: VerificationService,
  request: RequestToDecide,
): Promise<ServiceAnswer> {
  const body = Buffer.from(
    JSON.stringify({
      service: service.slug,
      method: request.method,
      target: request.target,
      authority: request.authority,
      // Whatever a client sends in our name is nobody's business.
      headers: request.fields.filter(([name]) => !isCountersignAlias(name)),
      ...(request.bodyDigests && { bodyDigest: formatDigests(request.bodyDigests) }),
      ...(request.sourceAddress !== undefined && { sourceAddress: request.sourceAddress }),
    }),
  )
  const deadline = performance.now() + service.deadlineMs
  try {
    return await call(service, body, deadline).catch((error: unknown) => {
      // The service closed an idle connection in the moment it was used. At worst it has decided already, and the
      // second call is answered as a replay: denied.
      if (error instanceof SendError && error.wasKeptConnectionClosed) return call(service, body, deadline)
      throw error
    })
  } catch {
    return deny('unavailable', 'The verification service did not answer in time.')
  }
}

async function call(service: VerificationService, body: Buffer, deadline: number): Promise<ServiceAnswer> {
  const remaining = (): number => Math.max(1, deadline - performance.now())
  const response = await sendRequest({
    ...service.address,
    method: 'POST',
    target: VERIFY_PATH,
    headers: [
      ['Host', service.address.authority],
      ['Content-Type', 'application/json'],
      ['Content-Length', String(body.length)],
      ...(service.gatewayKey === undefined ? [] : [['Countersign-Gateway-Key', service.gatewayKey] as const]),
    ],
    body,
    agent: service.agents,
    timeoutMs: remaining(),
  })
  const text = (await readBody(response, MAX_ANSWER_BYTES, remaining())).toString('utf8')
  if (response.statusCode === 200) return readAllow(JSON.parse(text))
  if (response.statusCode === 401 || response.statusCode === 403) {
    const problem: unknown = JSON.parse(text)
    if (isRecord(problem) && typeof problem.code === 'string' && /^[a-z_]{1,64}$/.test(problem.code)) {
      const passed = ['WWW-Authenticate', 'Accept-Signature', 'Countersign-Problem'].flatMap((name) => {
        const value = response.headers[name.toLowerCase()]
        return typeof value === 'string' && /^[\x20-\x7e]{1,4096}$/.test(value) ? [[name, value] as const] : []
      })
      return formDenial(problem.code, response.statusCode, text, Object.fromEntries(passed))
    }
  }
  throw new Error(`the verification service answered with status ${response.statusCode}`)
}

/** @throws Error for what is no whole allow */
function readAllow(answer: unknown): ServiceAnswer {
  if (!isRecord(answer)) throw new Error('the answer is no object')
  const { decisionId, outcome, machine, authority, content } = answer
  const isObserved = outcome === 'observed'
  if (typeof decisionId !== 'string' || (!isObserved && outcome !== 'allowed')) throw new Error('no decision')
  const facts = {
    machine: machine === undefined ? undefined : readMachine(machine),
    decisionId,
    authority: typeof authority === 'string' ? authority : undefined,
    // What is only observed was compared by nobody.
    content: isObserved ? 'unchecked' : readContent(content),
    isObserved,
  } as const
  if (!isObserved && (facts.machine === undefined || facts.authority === undefined)) throw new Error('no machine')
  return { outcome: 'allowed', facts }
}

function readMachine(value: unknown): NonNullable<CountersignFacts['machine']> {
  if (!isRecord(value)) throw new Error('no machine')
  const { id, spiffeId, generation, name, labels } = value
  if (typeof id !== 'string' || typeof spiffeId !== 'string' || typeof generation !== 'number') {
    throw new Error('no machine')
  }
  if (typeof name !== 'string' || !isRecord(labels)) throw new Error('no machine')
  return { id, spiffeId, generation, name, labels: labels as Record<string, string> }
}

function readContent(value: unknown): CountersignFacts['content'] {
  if (value === 'checked' || value === 'unchecked' || value === 'none') return value
  throw new Error('the answer does not say who compares the body')
}

function formatDigests({ sha256, sha512 }: ParsedContentDigest): string {
  const members = [
    ...(sha256 ? [formatContentDigest(sha256)] : []),
    ...(sha512 ? [`sha-512=:${sha512.toString('base64')}:`] : []),
  ]
  return members.join(', ')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
