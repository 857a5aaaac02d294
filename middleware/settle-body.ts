import { checkContentDigest, parseContentDigest, type ParsedContentDigest } from '@/lib/protocol'
import { deny, type Denial } from './denial'
import { fieldLines, type ReadWholeResult, type ReceivedRequest } from './incoming-request'

/** What the decision says about the body. */
export interface DecidedContent {
  readonly content: 'checked' | 'unchecked' | 'none'
  /** Whether a digest was signed at all. */
  readonly isBound: boolean
  /** The digest that was signed, where something else than the request says it. */
  readonly signed?: ParsedContentDigest | undefined
}

/**
 * Lets the body go to the handler once it is the one that was signed, or in a way that breaks off where it is not
 * (protocol section 4, "Body").
 *
 * @returns undefined when the request may go on
 */
export async function settleBody(
  request: ReceivedRequest,
  decided: DecidedContent,
  mode: 'whole' | 'stream',
): Promise<Denial | undefined> {
  const { body } = request
  switch (decided.content) {
    case 'checked':
      body.letGo()
      return undefined
    case 'none':
      // A digest beside `none` is a service whose bodies are not bound, by its operator's choice (streams).
      if (!decided.isBound && (await body.hasContent())) {
        return deny('body_unexpected', 'What was signed is a request without a body.')
      }
      body.letGo()
      return undefined
    case 'unchecked':
      return compareBody(request, decided.signed, mode)
  }
}

async function compareBody(
  request: ReceivedRequest,
  signed: ParsedContentDigest | undefined,
  mode: 'whole' | 'stream',
): Promise<Denial | undefined> {
  const { body } = request
  const lines = fieldLines(request, 'content-digest')
  if (lines.length !== 1) return deny('component_missing', 'The request has not exactly one Content-Digest.')
  const parsed = parseContentDigest(lines[0]?.trim() ?? '')
  if (parsed.outcome === 'refused') return deny('digest_mismatch', parsed.detail)
  if (signed !== undefined && checkContentDigest(signed, parsed.digest).outcome === 'refused') {
    return deny('digest_mismatch', 'Content-Digest is not the signed one.')
  }
  if (mode === 'stream') {
    const { outcome } = body.compareAsItComes(parsed.digest)
    if (outcome === 'taken') return denyUnread('taken')
    return outcome === 'differs' ? denyOther() : undefined
  }
  const read = await body.readWhole()
  if (read.outcome !== 'read') return denyUnread(read.outcome)
  if (checkContentDigest(parsed.digest, read.digests).outcome === 'refused') return denyOther()
  body.letGo()
  return undefined
}

function denyOther(): Denial {
  return deny('digest_mismatch', 'The body is not the one that Content-Digest names.')
}

/** The denial of a body that could not be compared. */
export function denyUnread(outcome: Exclude<ReadWholeResult['outcome'], 'read'>): Denial {
  switch (outcome) {
    case 'too_large':
      return deny('request_too_large', 'The body is larger than this service compares.')
    case 'no_room':
      return deny('unavailable', 'This service holds as many bodies as it can.')
    case 'broken':
      return deny('digest_mismatch', 'The body was broken off.')
    case 'taken':
      return deny('unavailable', 'Other code has read the body before it could be compared.')
  }
}
