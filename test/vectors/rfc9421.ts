/** The keys and the signed messages of RFC 9421, for tests. The private keys are published and belong to nobody. */
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { HttpField, MessageVerificationKey, RequestMessage, ResponseMessage } from '@/lib/protocol'
import b2 from './rfc9421-b2.json'
import more from './rfc9421-more.json'

export type Rfc9421Case = {
  /** Of the RFC, and what distinguishes the case there. */
  readonly title: string
  readonly label: string
  readonly keyid: string
  readonly alg: string
  /** Seconds since 1970. */
  readonly now: number
  readonly message: RequestMessage | ResponseMessage
  readonly signatureBase: string
  readonly isValid: boolean
}

type RawMessage = {
  readonly kind: string
  readonly method?: string
  readonly target?: string
  readonly scheme?: string
  readonly authority?: string
  readonly status?: number
  readonly headers: readonly (readonly string[])[]
  readonly body?: string
  readonly request?: Omit<RawMessage, 'kind' | 'request'>
}

export type Rfc9421KeyId = keyof typeof b2.keys

/** The half that signs, or the secret. */
export function importRfc9421Key(id: Rfc9421KeyId): KeyObject {
  const entry = b2.keys[id]
  return 'jwk' in entry
    ? createPrivateKey({ key: entry.jwk, format: 'jwk' })
    : createSecretKey(Buffer.from(entry.secret_base64, 'base64'))
}

/** What a verifier has of it. */
export function findRfc9421Key(id: string | undefined): MessageVerificationKey | undefined {
  const known = (Object.keys(b2.keys) as Rfc9421KeyId[]).find((name) => name === id)
  if (known === undefined) return undefined
  const key = importRfc9421Key(known)
  return { alg: b2.keys[known].alg, key: key.type === 'private' ? createPublicKey(key) : key }
}

export const rfc9421Cases: readonly Rfc9421Case[] = [
  ...b2.cases.map((one) => ({
    ...pick(one),
    title: one.section.toUpperCase(),
    now: 1_618_884_473,
    isValid: one.expect_valid,
  })),
  ...more.cases.map((one) => ({
    ...pick(one),
    title: `${one.section}: ${one.note}`,
    now: one.now,
    isValid: one.expect_valid,
  })),
]

function pick(one: { label: string; keyid: string; alg: string; message: RawMessage; signature_base: string }) {
  const { label, keyid, alg } = one
  return { label, keyid, alg, message: readMessage(one.message), signatureBase: one.signature_base }
}

function readMessage(raw: RawMessage): RequestMessage | ResponseMessage {
  if (raw.kind === 'request') return { kind: 'request', ...readRequest(raw) }
  const request = raw.request && { request: readRequest(raw.request) }
  return { kind: 'response', status: raw.status ?? 0, ...readParts(raw), ...request }
}

function readRequest(raw: Omit<RawMessage, 'kind'>): Omit<RequestMessage, 'kind'> {
  const { method = '', target = '', authority = 'example.com' } = raw
  return { method, target, authority, scheme: 'https', ...readParts(raw) }
}

function readParts({ headers, body }: Pick<RawMessage, 'headers' | 'body'>) {
  const fields = headers.map(([name = '', value = '']): HttpField => [name, value])
  return { headers: fields, ...(body !== undefined && { body: Buffer.from(body) }) }
}
