import type { IncomingMessage } from 'node:http'
import {
  checkContentDigest,
  computeBodyDigests,
  parseContentDigest,
  type AssertionClaims,
  type ParsedContentDigest,
} from '@/lib/protocol'
import { deny, type Denial } from './denial'

/**
 * Compares the body with what was signed, where nobody on the way could (protocol section 4, "Body").
 *
 * @returns the bytes when they had to be read; undefined when the request's stream is untouched
 */
export async function checkBody(
  request: IncomingMessage,
  claims: AssertionClaims,
  maxBodyBytes: number,
): Promise<{ outcome: 'matches'; body: Buffer | undefined } | Denial> {
  const untouched = { outcome: 'matches', body: undefined } as const
  switch (claims.content) {
    case 'checked':
      return untouched
    case 'none':
      // A digest beside `none` is a service whose bodies are not bound, by its operator's choice (streams).
      if (claims.digest !== undefined || !mayHaveBody(request)) return untouched
      return deny('body_unexpected', 'The assertion is about a request without a body.')
    case 'unchecked': {
      const lines = fieldLines(request, 'content-digest')
      if (lines.length !== 1) return deny('component_missing', 'The request has not exactly one Content-Digest.')
      const parsed = parseContentDigest(lines[0]?.trim() ?? '')
      if (parsed.outcome === 'refused') return deny('digest_mismatch', parsed.detail)
      if (!isSignedDigest(parsed.digest, claims))
        return deny('digest_mismatch', 'Content-Digest is not the signed one.')
      const body = await readBody(request, maxBodyBytes)
      if (body === 'too_large') return deny('request_too_large', `A body here has at most ${maxBodyBytes} bytes.`)
      if (body === 'broken') return deny('digest_mismatch', 'The body was broken off.')
      const checked = checkContentDigest(parsed.digest, computeBodyDigests(body))
      return checked.outcome === 'refused' ? deny('digest_mismatch', checked.detail) : { outcome: 'matches', body }
    }
  }
}

/** All lines of a field, with nothing joined or dropped. */
export function fieldLines(request: IncomingMessage, name: string): string[] {
  const lines: string[] = []
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.toLowerCase() === name) lines.push(request.rawHeaders[index + 1] ?? '')
  }
  return lines
}

function mayHaveBody(request: IncomingMessage): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers
  return encoding !== undefined || (length !== undefined && !/^0+$/.test(length))
}

/** The assertion names the digest that was signed: its SHA-256, or its SHA-512 when it had no other. */
function isSignedDigest(present: ParsedContentDigest, claims: AssertionClaims): boolean {
  const signed = claims.digest === undefined ? undefined : parseContentDigest(claims.digest)
  return signed?.outcome === 'parsed' && checkContentDigest(signed.digest, present).outcome === 'matches'
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too_large' | 'broken'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too_large')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
      else {
        request.removeAllListeners('data')
        request.pause()
        resolve('too_large')
      }
    })
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('error', () => resolve('broken'))
    request.once('close', () => resolve('broken'))
  })
}
