import { randomBytes } from 'node:crypto'
import { signMachineMessage, type SigningKeyForRequests } from '@/lib/protocol'
import { parseRequestUrl } from '../http/parse-request-url'
import type { AssertionKey } from '../store/machine-state'
import { callServer } from './call-server'
import { verifyServerAnswer } from './verify-server-answer'

/** How long a message is good for; the profile allows 60 s. */
const LIFETIME_SECONDS = 60

export interface MachineMessage {
  readonly serverUrl: string
  readonly path: string
  readonly purpose: string
  readonly body: object
  readonly signatures: readonly ({ label: string; tag: string; keyid: string } & SigningKeyForRequests)[]
  /** Seconds since 1970. */
  readonly created: number
  readonly answerTyp: string
  /** The thumbprint of the signing key that the answer has to be for. */
  readonly audience: string
  readonly assertionKeys: readonly AssertionKey[]
  readonly signal?: AbortSignal | undefined
}

/** Signs and sends a machine message (docs/machine-messages.md) and returns the verified claims of its answer. */
export async function sendMachineMessage(message: MachineMessage): Promise<Record<string, unknown>> {
  const body = Buffer.from(JSON.stringify(message.body))
  const nonce = randomBytes(16).toString('base64url')
  const headers = signMachineMessage({
    method: 'POST',
    authority: parseRequestUrl(message.serverUrl).authority,
    path: message.path,
    body,
    signatures: message.signatures,
    created: message.created,
    expires: message.created + LIFETIME_SECONDS,
    nonce,
  })
  const answer = await callServer({
    serverUrl: message.serverUrl,
    method: 'POST',
    path: message.path,
    headers,
    body,
    purpose: message.purpose,
    signal: message.signal,
  })
  return verifyServerAnswer(answer['answer'], {
    typ: message.answerTyp,
    assertionKeys: message.assertionKeys,
    audience: message.audience,
    nonce,
  })
}
