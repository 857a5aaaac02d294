import type { IncomingMessage } from 'node:http'
import type { HttpField } from '@/lib/protocol'
import { AgentError, UnreachableError } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'
import type { PreparedRequest } from '../http/prepare-request'
import { readProblem } from '../http/problem-document'
import { sendRequest, type HttpAgents } from '@/lib/platform/send-request'
import type { Signer } from './signer'

export interface CallOptions {
  readonly agent?: HttpAgents | undefined
  /** Until the head of the answer is there. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Countersigns a request, sends it, and returns the answer whatever its status; redirects are not followed.
 *
 * When a denial shows that the machine's service list or time is old, it is fetched anew and the request is sent once
 * more, with a new credential.
 */
export async function callCountersigned(
  signer: Signer,
  request: PreparedRequest,
  options: CallOptions,
): Promise<IncomingMessage> {
  const first = await signAndSend(signer, request, options)
  const stale = findStale(first.response, first.credential, request.headers)
  if (stale === null) return first.response
  try {
    await signer.refresh(stale)
  } catch (error) {
    // The denial that is here already says more than a refresh that did not work.
    if (error instanceof AgentError) return first.response
    throw error
  }
  first.response.resume()
  return (await signAndSend(signer, request, options)).response
}

async function signAndSend(
  signer: Signer,
  request: PreparedRequest,
  options: CallOptions,
): Promise<{ response: IncomingMessage; credential: HttpField[] }> {
  const credential = await signer.sign(request)
  const { url, method, body } = request
  try {
    const response = await sendRequest({
      ...url,
      method,
      headers: [
        ['Host', url.authority],
        ...request.headers,
        ...(body === undefined ? [] : [['Content-Length', String(body.length)] as const]),
        ...credential,
      ],
      ...(body === undefined ? {} : { body }),
      ...options,
    })
    return { response, credential }
  } catch (error) {
    const reason = error instanceof Error ? escapeUntrusted(error.message) : 'unknown error'
    throw new UnreachableError(`Could not reach ${url.scheme}://${url.authority}: ${reason}.`)
  }
}

/** What a denial shows to be old: the service list, the time, or nothing that fetching could mend. */
function findStale(
  response: IncomingMessage,
  credential: readonly HttpField[],
  headers: readonly HttpField[],
): 'services' | 'time' | null {
  if (response.statusCode !== 401 && response.statusCode !== 403) return null
  const code = readProblem(response)?.code
  if (code === 'credential_expired' || code === 'credential_not_yet_valid') return 'time'
  if (code === 'authority_unknown') return 'services'
  const wanted = response.headers['accept-signature']
  if (response.statusCode !== 401 || typeof wanted !== 'string') return null
  const signed = credential.find(([name]) => name === 'Signature-Input')?.[1] ?? ''
  const present = new Set([...headers, ...credential].map(([name]) => name.toLowerCase()))
  const needed = componentsOf(wanted).filter((name) => name.startsWith('@') || present.has(name))
  return sameSet(needed, componentsOf(signed)) ? null : 'services'
}

/** The component names of the first inner list (RFC 9421 §4.1, §5.1). */
function componentsOf(value: string): string[] {
  const list = /\(([^)]*)\)/.exec(value)?.[1] ?? ''
  return [...list.matchAll(/"([^"]{1,128})"/g)].map((match) => match[1] ?? '')
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
