/** Messages with a MAC over a base that the test itself writes: what the engine derives has to be the same. */
import { createHmac, createSecretKey } from 'node:crypto'
import type { HttpField, RequestMessage, VerifyMessageSignatureOptions } from '../index'

export const CREATED = 1_618_884_473

const secret = createSecretKey(Buffer.alloc(32, 5))

export const macOptions: VerifyMessageSignatureOptions = {
  resolveKey: () => ({ alg: 'hmac-sha256', key: secret }),
  now: CREATED,
  requiredComponents: [],
}

/** A component identifier and the value that it should have. */
export type ExpectedLine = readonly [identifier: string, value: string]

/** `Signature-Input` and `Signature` under the label `sig`. */
export function macFields(lines: readonly ExpectedLine[], params = `;created=${CREATED};keyid="k"`): HttpField[] {
  const paramsText = `(${lines.map(([identifier]) => identifier).join(' ')})${params}`
  const base = lines.map(([identifier, value]) => `${identifier}: ${value}\n`).join('')
  const mac = createHmac('sha256', secret).update(`${base}"@signature-params": ${paramsText}`).digest('base64')
  return [
    ['Signature-Input', `sig=${paramsText}`],
    ['Signature', `sig=:${mac}:`],
  ]
}

export const plainRequest: RequestMessage = {
  kind: 'request',
  method: 'GET',
  target: '/orders?status=open',
  authority: 'www.example.com',
  scheme: 'https',
  headers: [],
}

/** `plainRequest` with changes, and with the fields of `macFields`. */
export function macRequest(
  lines: readonly ExpectedLine[],
  { params, ...changes }: Partial<RequestMessage> & { readonly params?: string } = {},
): RequestMessage {
  const headers = [...(changes.headers ?? []), ...macFields(lines, params)]
  return { ...plainRequest, ...changes, headers }
}
