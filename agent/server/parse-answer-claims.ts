import {
  parseAgreementPublicJwk,
  type ParsedPublicJwk,
  type AgreementPublicJwk,
  type SignatureAlgorithm,
} from '@/lib/protocol'
import { isRecord, type AssertionKey } from '../store/machine-state'
import { notBelieved, parseAssertionKey } from './verify-server-answer'

/** A service that machines call, as the agent needs to know it. */
export interface ServiceEntry {
  readonly service: string
  readonly authorities: readonly { readonly authority: string; readonly pathPrefix: string }[]
  readonly coveredFields: readonly string[]
}

/** The claims of an enrolment or renewal answer. */
export interface MachineAnswer {
  readonly serverTimeMs: number
  readonly trustDomain: string
  readonly machine: {
    readonly id: string
    readonly spiffeId: string
    readonly name: string
    readonly generation: number
    readonly requestAlgorithm: SignatureAlgorithm
  }
  readonly generatorKey: ParsedPublicJwk<AgreementPublicJwk>
  readonly assertionKeys: readonly AssertionKey[]
  readonly expiresAt: string
  readonly renewAfterSeconds: number
  readonly services: readonly ServiceEntry[]
}

/** Reads verified claims. They are signed, so a missing member means another version, not an attack. */
export function parseMachineAnswer(claims: Record<string, unknown>): MachineAnswer {
  const machine = recordOf(claims['machine'], 'machine')
  const requestAlgorithm = textOf(machine['requestAlgorithm'], 'requestAlgorithm')
  if (requestAlgorithm !== 'hmac-sha256' && requestAlgorithm !== 'ed25519') {
    throw notBelieved(`this version cannot sign with the algorithm that it names`)
  }
  const keys = listOf(claims['assertionKeys'], 'assertionKeys').map((jwk): AssertionKey => {
    const parsed = parseAssertionKey(jwk)
    if (parsed.outcome === 'refused') throw notBelieved(parsed.detail)
    return { ...parsed.jwk, kid: parsed.thumbprint }
  })
  if (keys.length === 0) throw notBelieved('it names no assertion key')
  return {
    serverTimeMs: countOf(claims['serverTimeMs'], 'serverTimeMs'),
    trustDomain: textOf(claims['trustDomain'], 'trustDomain'),
    machine: {
      id: textOf(machine['id'], 'machine.id'),
      spiffeId: textOf(machine['spiffeId'], 'machine.spiffeId'),
      name: typeof machine['name'] === 'string' ? machine['name'] : '',
      generation: countOf(machine['generation'], 'machine.generation'),
      requestAlgorithm,
    },
    generatorKey: parseGeneratorKey(claims['generatorKey']),
    assertionKeys: keys,
    expiresAt: textOf(claims['expiresAt'], 'expiresAt'),
    renewAfterSeconds: countOf(claims['renewAfterSeconds'], 'renewAfterSeconds'),
    services: parseServices(claims['services']),
  }
}

export function parseGeneratorKey(untrusted: unknown): ParsedPublicJwk<AgreementPublicJwk> {
  const { kty, crv, x, kid } = recordOf(untrusted, 'generatorKey')
  const parsed = parseAgreementPublicJwk({ kty, crv, x })
  if (parsed.outcome === 'refused') throw notBelieved(parsed.detail)
  if (kid !== parsed.thumbprint) throw notBelieved('the generator key does not have the name that it is given')
  return parsed
}

export function parseServices(untrusted: unknown): ServiceEntry[] {
  return listOf(untrusted, 'services').map((item) => {
    const entry = recordOf(item, 'services')
    return {
      service: textOf(entry['service'], 'service'),
      authorities: listOf(entry['authorities'], 'authorities').map((place) => {
        const { authority, pathPrefix } = recordOf(place, 'authorities')
        return {
          authority: textOf(authority, 'authority'),
          pathPrefix: typeof pathPrefix === 'string' ? pathPrefix : '',
        }
      }),
      coveredFields: listOf(entry['coveredFields'], 'coveredFields').map((name) => textOf(name, 'coveredFields')),
    }
  })
}

export function countOf(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw missing(name)
  return value
}

export function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw missing(name)
  return value
}

function recordOf(value: unknown, name: string): Record<string, unknown> {
  if (!isRecord(value)) throw missing(name)
  return value
}

function listOf(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw missing(name)
  return value
}

const missing = (name: string): Error => notBelieved(`its member ${name} is missing or not of its type`)
