import type { HttpField } from '@/lib/protocol'
import type { GatewayProfile } from './verification-types'

/** The headers in which one dialect reports the client's request (protocol.md, section 6). Lower case. */
interface GatewayDialect {
  readonly method: string
  readonly target: string
  readonly host: string
  readonly address: string
  readonly contentLength?: string
  /** The gateway sends the client's body with its question, where its configuration says so. */
  readonly sendsBody?: true
}

const forwarded: GatewayDialect = {
  method: 'x-forwarded-method',
  target: 'x-forwarded-uri',
  host: 'x-forwarded-host',
  address: 'x-forwarded-for',
}

const original: GatewayDialect = {
  method: 'x-original-method',
  target: 'x-original-uri',
  host: 'x-original-host',
  address: 'x-original-address',
  contentLength: 'x-original-content-length',
}

/** Only these headers are read; another dialect's are ignored, whoever sent them. */
export const gatewayDialects = {
  nginx: original,
  caddy: forwarded,
  traefik: { ...forwarded, sendsBody: true },
  haproxy: original,
  apisix: { ...forwarded, sendsBody: true },
} as const satisfies Partial<Record<GatewayProfile, GatewayDialect>>

export type ServedProfile = keyof typeof gatewayDialects

export function sendsBody(profile: ServedProfile): boolean {
  const dialect: GatewayDialect = gatewayDialects[profile]
  return dialect.sendsBody === true
}

export function isServedProfile(name: string): name is ServedProfile {
  return Object.hasOwn(gatewayDialects, name)
}

export const gatewayKeyField = 'countersign-gateway-key'

export type ReadReport =
  | {
      readonly outcome: 'read'
      readonly method: string
      readonly target: string
      readonly host: string | undefined
      readonly address: string | undefined
      readonly hasContent: boolean | undefined
      readonly gatewayKey: string | undefined
    }
  | { readonly outcome: 'refused'; readonly detail: string }

/** What the gateway reports, from its raw header lines. Two lines of one of its headers are a denial: which is the client's? */
export function readGatewayReport(profile: ServedProfile, headers: readonly HttpField[]): ReadReport {
  const dialect: GatewayDialect = gatewayDialects[profile]
  const { method: methodField, target: targetField, host, address, contentLength = '' } = dialect
  const names = new Set([methodField, targetField, host, address, contentLength, gatewayKeyField])
  const values = new Map<string, string>()
  for (const [rawName, value] of headers) {
    const name = rawName.toLowerCase()
    if (!names.has(name)) continue
    if (values.has(name)) return { outcome: 'refused', detail: `The gateway sent ${name} twice.` }
    values.set(name, value)
  }
  const method = values.get(methodField)
  const target = values.get(targetField)
  if (!method || !target) {
    return { outcome: 'refused', detail: `The gateway did not send ${method ? targetField : methodField}.` }
  }
  const length = values.get(contentLength)
  return {
    outcome: 'read',
    method,
    target,
    host: values.get(host) || undefined,
    // The last entry is the one that this gateway saw itself; those before are what the client says.
    address: values.get(address)?.split(',').at(-1)?.trim() || undefined,
    hasContent: length ? length !== '0' : undefined,
    gatewayKey: values.get(gatewayKeyField) || undefined,
  }
}
