import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { computeJwkThumbprint, signCompactJws, type AssertionClaims, type SigningPublicJwk } from '@/lib/protocol'

/** A verification service as far as a backend sees it: a real key that signs assertions. */
export class TestIssuer {
  readonly url = 'https://countersign.example'
  readonly #key: KeyObject
  readonly jwk: SigningPublicJwk & { kid: string }

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
    const jwk = { kty, crv, x, y } as SigningPublicJwk
    this.#key = privateKey
    this.jwk = { ...jwk, kid: computeJwkThumbprint(jwk) }
  }

  /** The claims of an allowed `GET /` to the service `orders`, and what a test changes about them. */
  claims(change: Partial<Record<keyof AssertionClaims, unknown>> = {}): Record<string, unknown> {
    const iat = Math.floor(Date.now() / 1_000)
    return {
      iss: this.url,
      aud: 'orders',
      sub: 'spiffe://test/machine/mach_01jzzzzzzzzzzzzzzzzzzzzzzz',
      gen: 3,
      jti: `dec_${randomBytes(12).toString('hex')}`,
      iat,
      exp: iat + 10,
      htm: 'GET',
      authority: 'orders.example',
      target: '/',
      content: 'none',
      ...change,
    }
  }

  sign(claims: object, typ = 'countersign-assertion+jwt'): string {
    return signCompactJws({ typ, kid: this.jwk.kid, claims, privateKey: this.#key })
  }

  assertion(change: Partial<Record<keyof AssertionClaims, unknown>> = {}): string {
    return this.sign(this.claims(change))
  }
}
