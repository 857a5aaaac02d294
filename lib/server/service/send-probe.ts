import { lookup as findAddresses } from 'node:dns'
import { request as requestByHttp, type IncomingMessage } from 'node:http'
import { request as requestByHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { ProbeAnswer, ProbeFailure } from '@/lib/domain/service/probe-finding'
import { problem } from '@/lib/contract/problem'
import { hostOf, portOf } from '@/lib/domain/gateway/configuration/authority-parts'

export interface ProbeTarget {
  readonly scheme: 'http' | 'https'
  /** Canonical, and one of the service's. */
  readonly authority: string
  readonly path: string
}

const timeoutMs = 5_000
const longestHeader = 16 * 1024
const ports = { http: 80, https: 443 } as const

/** Metadata services of clouds that are not link-local: AWS by IPv6, Alibaba. */
const metadataAddresses: ReadonlySet<string> = new Set(['fd00:ec2::254', '100.100.100.200'])
const refusedRanges: ReadonlySet<string> = new Set(['linkLocal', 'multicast', 'broadcast', 'unspecified', 'reserved'])

/**
 * Sends one GET without a credential and looks at the head of the answer: its status, and Countersign's own word where it
 * is a refusal. The body is not read, no redirect is followed, nothing is kept open. Never rejects.
 */
export function sendProbe(target: ProbeTarget): Promise<ProbeAnswer> {
  const { scheme, authority, path } = target
  const host = hostOf(authority).replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(host) && !mayBeProbed(host)) return Promise.resolve(failed('address_refused'))
  return new Promise((resolve) => {
    const send = scheme === 'https' ? requestByHttps : requestByHttp
    const sent = send({
      host,
      port: portOf(authority) ?? ports[scheme],
      path,
      headers: { Host: authority, Accept: '*/*', 'User-Agent': 'countersign-probe' },
      // A connection of its own, which ends with the answer.
      agent: false,
      lookup: lookupAddress,
      maxHeaderSize: longestHeader,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = (response: IncomingMessage) => {
      resolve({
        outcome: 'answered',
        status: response.statusCode ?? 0,
        problemCode: readProblemCode(response.headers['countersign-problem']),
      })
      sent.destroy()
    }
    sent.once('response', answer)
    sent.once('upgrade', answer)
    // Also after `destroy`, when nobody waits for it any more.
    sent.on('error', (error) => resolve(failed(nameFailure(error))))
    sent.end()
  })
}

function failed(failure: ProbeFailure): ProbeAnswer {
  return { outcome: 'failed', failure }
}

/** The check and the connection see the same answer of the resolver: a name cannot lead elsewhere in between. */
const lookupAddress: LookupFunction = (hostname, options, callback) => {
  findAddresses(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error ?? !first) return callback(error ?? codedError('ENOTFOUND'), '')
    if (!addresses.every(({ address }) => mayBeProbed(address))) return callback(codedError('EADDRREFUSED'), '')
    if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

function mayBeProbed(address: string): boolean {
  const parsed = ipaddr.process(address)
  return !refusedRanges.has(parsed.range()) && !metadataAddresses.has(parsed.toString())
}

function codedError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}

function nameFailure(error: NodeJS.ErrnoException): ProbeFailure {
  const code = error.code ?? ''
  if (error.name === 'AbortError' || error.name === 'TimeoutError' || code === 'ETIMEDOUT') return 'timed_out'
  if (code === 'EADDRREFUSED') return 'address_refused'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name_not_found'
  if (['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].includes(code)) return 'connection_refused'
  // OpenSSL's words for chains that it does not believe, and Node's for names that do not fit.
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return 'certificate_not_trusted'
  if (/^ERR_(?:SSL|TLS)|^EPROTO$/.test(code)) return 'tls_failed'
  return code.startsWith('HPE_') ? 'not_http' : 'connection_lost'
}

/** The code in the line that every gateway repeats; null where it is none of ours. */
function readProblemCode(line: string | string[] | undefined): string | null {
  if (typeof line !== 'string') return null
  try {
    return problem.shape.code.safeParse((JSON.parse(line) as { code?: unknown } | null)?.code).data ?? null
  } catch {
    return null
  }
}
