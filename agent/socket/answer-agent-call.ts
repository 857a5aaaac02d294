import { parseAuthority, parseContentDigest, parseRequestTarget, type HttpField } from '@/lib/protocol'
import { AgentError, exitCodes, refused, wrongUsage } from '../agent-error'
import { parseRequestUrl, type RequestUrl } from '../http/parse-request-url'
import type { RunningMachine } from '../machine/running-machine'
import { describeMachine } from '../machine/describe-machine'
import { isRecord } from '../store/machine-state'

const MAX_HEADER_LINES = 200

/** One call on the agent's socket: `POST /sign`, `POST /refresh`, `POST /renew`, `GET /status`. */
export async function answerAgentCall(
  machine: RunningMachine,
  method: string,
  path: string,
  body: Buffer,
): Promise<object> {
  switch (`${method} ${path}`) {
    case 'POST /sign':
      return { headers: await machine.sign(parseSignCall(parseBody(body))) }
    case 'POST /refresh': {
      const { what } = parseBody(body)
      if (what !== 'services' && what !== 'time') throw wrongUsage('"what" is "services" or "time".')
      return { refreshed: await machine.refresh(what) }
    }
    case 'POST /renew':
      await machine.renew()
      return describeMachine(machine.state, machine)
    case 'GET /status':
      return describeMachine(machine.state, machine)
    default:
      throw new AgentError(
        exitCodes.usage,
        'not_found',
        'The agent has POST /sign, /refresh and /renew, and GET /status.',
      )
  }
}

function parseSignCall(call: Record<string, unknown>): Parameters<RunningMachine['sign']>[0] {
  const { method, headers = [], bodyDigest } = call
  if (typeof method !== 'string') throw wrongUsage('"method" is missing.')
  if (!Array.isArray(headers) || headers.length > MAX_HEADER_LINES || !headers.every(isField)) {
    throw wrongUsage(`"headers" is a list of at most ${MAX_HEADER_LINES} pairs [name, value].`)
  }
  return {
    method,
    ...parsePlace(call),
    headers,
    ...(bodyDigest === undefined ? {} : { bodyDigest: parseBodyDigest(bodyDigest) }),
  }
}

/** Either `url`, or `authority` and `target` (and `scheme`, `https` by default). */
function parsePlace(call: Record<string, unknown>): Pick<RequestUrl, 'scheme' | 'authority' | 'target' | 'path'> {
  const { url, authority, target, scheme = 'https' } = call
  if (typeof url === 'string') return parseRequestUrl(url)
  if (typeof authority !== 'string' || typeof target !== 'string' || (scheme !== 'http' && scheme !== 'https')) {
    throw wrongUsage('"url" is missing, or "authority" and "target".')
  }
  const host = parseAuthority(authority, scheme)
  if (host.outcome === 'refused') throw wrongUsage(host.detail)
  const parsed = parseRequestTarget(target, { allowEncodedSlash: true })
  if (parsed.outcome === 'refused') throw refused(parsed.code, parsed.detail)
  return { scheme, authority: host.authority, target, path: parsed.path }
}

function parseBodyDigest(value: unknown): Buffer {
  const parsed = typeof value === 'string' ? parseContentDigest(value) : undefined
  if (parsed?.outcome !== 'parsed' || parsed.digest.sha256 === undefined) {
    throw wrongUsage('"bodyDigest" is the SHA-256 of the body as sha-256=:…: (RFC 9530).')
  }
  return parsed.digest.sha256
}

function parseBody(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (isRecord(value)) return value
  } catch {
    // The same words as for another type.
  }
  throw wrongUsage('The body is not a JSON object.')
}

function isField(value: unknown): value is HttpField {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}
