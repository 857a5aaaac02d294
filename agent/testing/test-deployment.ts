import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import {
  computeJwkThumbprint,
  formatJoinToken,
  parseAgreementPublicJwk,
  parseJoinToken,
  parseSigningPublicJwk,
  signCompactJws,
  type ParsedPublicJwk,
  type AgreementPublicJwk,
  type SigningPublicJwk,
} from '@/lib/protocol'
import type { ServiceEntry } from '../server/parse-answer-claims'

/** A verification service in memory: small, but every key, signature and answer is real. */

export interface TestGeneration {
  readonly signing: ParsedPublicJwk<SigningPublicJwk> & { outcome: 'parsed' }
  readonly agreement: ParsedPublicJwk<AgreementPublicJwk> & { outcome: 'parsed' }
  supersededAtMs: number | null
  /** The number stated at its renewal. */
  lastSeq: number | null
  readonly uses: Map<string, string>
}

export interface TestMachine {
  readonly id: string
  readonly name: string
  state: 'active' | 'quarantined' | 'revoked'
  /** Index 0 is generation 1. */
  readonly generations: TestGeneration[]
}

export class TestDeployment {
  readonly trustDomain = 'test.countersign'
  readonly #assertion = makeEs256Key()
  readonly #generator = generateKeyPairSync('x25519')
  readonly generatorKid = computeJwkThumbprint(publicAgreementJwk(this.#generator.publicKey))
  readonly machines = new Map<string, TestMachine>()
  readonly joinTokens = new Map<string, { jwk: SigningPublicJwk; usesLeft: number }>()
  services: ServiceEntry[] = []
  gatewayKeys = new Set<string>()
  renewAfterSeconds = 3_600
  /** Added to this machine's clock. */
  clockOffsetMs = 0
  issuer = ''

  nowMs(): number {
    return Date.now() + this.clockOffsetMs
  }

  get generatorKey(): KeyObject {
    return this.#generator.privateKey
  }

  generatorJwk(): AgreementPublicJwk & { kid: string } {
    return { ...publicAgreementJwk(this.#generator.publicKey), kid: this.generatorKid }
  }

  assertionJwk(): SigningPublicJwk & { kid: string } {
    return { ...this.#assertion.jwk, kid: this.#assertion.kid }
  }

  /** As a person would give it to `--server-key`. */
  serverKey(): string {
    return `sha256:${this.#assertion.kid}`
  }

  signJws(typ: string, claims: object, key: Es256Key = this.#assertion): string {
    return signCompactJws({ typ, kid: key.kid, claims, privateKey: key.privateKey })
  }

  createJoinToken(uses = 1): string {
    const token = formatJoinToken(newId('join'), randomBytes(32))
    const parsed = parseJoinToken(token)
    if (parsed.outcome === 'refused') throw new Error(parsed.detail)
    this.joinTokens.set(parsed.joinTokenId, { jwk: parsed.publicJwk, usesLeft: uses })
    return token
  }

  createGatewayKey(): string {
    const key = `csg_${randomBytes(32).toString('base64url')}`
    this.gatewayKeys.add(key)
    return key
  }

  /** The only machine there is. */
  machine(): TestMachine {
    const [machine] = [...this.machines.values()]
    if (machine === undefined || this.machines.size !== 1) throw new Error(`There are ${this.machines.size} machines.`)
    return machine
  }

  parseGeneration(body: { signingKey?: unknown; agreementKey?: unknown }): TestGeneration {
    const signing = parseSigningPublicJwk(body.signingKey)
    const agreement = parseAgreementPublicJwk(body.agreementKey)
    if (signing.outcome === 'refused' || agreement.outcome === 'refused') throw new Error('A public key is malformed.')
    return { signing, agreement, supersededAtMs: null, lastSeq: null, uses: new Map() }
  }
}

export interface Es256Key {
  readonly privateKey: KeyObject
  readonly jwk: SigningPublicJwk
  readonly kid: string
}

export function makeEs256Key(): Es256Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y } as SigningPublicJwk
  return { privateKey, jwk, kid: computeJwkThumbprint(jwk) }
}

/** A TypeID of random bits: nothing here reads the time out of one. */
export function newId(prefix: string): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  const letters = [...randomBytes(25)].map((byte) => alphabet[byte % 32]).join('')
  return `${prefix}_0${letters}`
}

function publicAgreementJwk(key: KeyObject): AgreementPublicJwk {
  const { kty, crv, x } = key.export({ format: 'jwk' })
  return { kty, crv, x } as AgreementPublicJwk
}
