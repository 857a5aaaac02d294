import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { compactVerify, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { CREATED, hardwareSigningKey, hardwareThumbprint, machineSigningKey } from '../../test/vectors/countersign-v1'
import { ASSERTION_TYP, parseAssertionClaims, signCompactJws, verifyCompactJws } from './index'

const publicKey = createPublicKey(hardwareSigningKey)
const kid = hardwareThumbprint
const claims = { iss: 'https://countersign.example', iat: CREATED, text: 'Grüße \u2603' }
const typ = ASSERTION_TYP
const resolveKey = (wanted: string) => (wanted === kid ? publicKey : undefined)
const token = signCompactJws({ typ, kid, claims, privateKey: hardwareSigningKey })
const [header = '', payload = '', signature = ''] = token.split('.')

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token with any header and payload, signed as ES256 whatever the header says. */
function forge(protectedHeader: string, body = payload): string {
  const signingInput = `${protectedHeader}.${body}`
  const bytes = sign('sha256', Buffer.from(signingInput), { key: hardwareSigningKey, dsaEncoding: 'ieee-p1363' })
  return `${signingInput}.${bytes.toString('base64url')}`
}

describe('compact JWS', () => {
  it('is verified by jose', async () => {
    const verified = await jwtVerify(token, publicKey, {
      typ,
      algorithms: ['ES256'],
      currentDate: new Date(CREATED * 1_000),
    })
    expect(verified.payload).toEqual(claims)
    expect(verified.protectedHeader).toEqual({ alg: 'ES256', kid, typ })
    expect((await compactVerify(token, publicKey)).protectedHeader.alg).toBe('ES256')
  })

  it('made by jose is verified, with its header members in any order', async () => {
    for (const members of [
      { alg: 'ES256', kid, typ },
      { typ, kid, alg: 'ES256' },
    ]) {
      const made = await new SignJWT(claims).setProtectedHeader(members).sign(hardwareSigningKey)
      expect(verifyCompactJws(made, { typ, resolveKey })).toEqual({ outcome: 'verified', claims, kid })
    }
  })

  it('is refused when any character is another', () => {
    for (let index = 0; index < token.length; index += 3) {
      const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1)
      expect(verifyCompactJws(changed, { typ, resolveKey })).toMatchObject({ outcome: 'refused' })
    }
  })

  it.each([
    ['nothing', ''],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${token}.`],
    ['no signature', `${header}.${payload}.`],
    ['padding', `${header}.${payload}.${signature}=`],
    ['whitespace', `${header}.${payload}.${signature}\n`],
    ['a signature cut short', `${header}.${payload}.${signature.slice(0, 40)}`],
    ['spare bits', `${header}.${payload}.${signature.slice(0, -1)}${signature.endsWith('B') ? 'C' : 'B'}`],
    ['alg none', `${encode({ alg: 'none', kid, typ })}.${payload}.`],
    ['alg none with a signature', `${encode({ alg: 'none', kid, typ })}.${payload}.${signature}`],
  ])('is refused with %s', (_, text) => {
    expect(verifyCompactJws(text, { typ, resolveKey })).toMatchObject({ outcome: 'refused' })
  })

  it('is refused as HS256 under the public key, padded to the length of a signature or not', () => {
    const signingInput = `${encode({ alg: 'HS256', kid, typ })}.${payload}`
    const spki = publicKey.export({ format: 'pem', type: 'spki' })
    const mac = createHmac('sha256', spki).update(signingInput).digest()
    for (const bytes of [mac, Buffer.concat([mac, mac])]) {
      const text = `${signingInput}.${bytes.toString('base64url')}`
      expect(verifyCompactJws(text, { typ, resolveKey })).toMatchObject({ outcome: 'refused' })
    }
  })

  it.each([
    ['another type', { alg: 'ES256', kid, typ: 'JWT' }],
    ['no type', { alg: 'ES256', kid }],
    ['no kid', { alg: 'ES256', typ }],
    ['a kid that is no text', { alg: 'ES256', kid: 1, typ }],
    ['an unknown kid', { alg: 'ES256', kid: 'x', typ }],
    ['an embedded key', { alg: 'ES256', kid, typ, jwk: publicKey.export({ format: 'jwk' }) }],
    ['crit', { alg: 'ES256', kid, typ, crit: ['exp'] }],
    ['an alg in other letters', { alg: 'es256', kid, typ }],
    ['a member twice', `{"alg":"none","alg":"ES256","kid":"${kid}","typ":"${typ}"}`],
    ['whitespace in its JSON', `{"alg": "ES256","kid":"${kid}","typ":"${typ}"}`],
    ['a byte order mark', `\ufeff{"alg":"ES256","kid":"${kid}","typ":"${typ}"}`],
    ['a list', ['ES256', kid, typ]],
    ['no JSON', 'alg'],
  ])('is refused with a valid signature and a header of %s', (_, members) => {
    const forged = forge(encode(members))
    expect(verifyCompactJws(forged, { typ, resolveKey })).toMatchObject({ outcome: 'refused' })
  })

  it.each(['[]', '"a"', 'null', '{', '\ufeff{}'])('is refused with the payload %s', (body) => {
    const forged = forge(header, encode(body))
    expect(verifyCompactJws(forged, { typ, resolveKey })).toMatchObject({ outcome: 'refused' })
  })

  it('is refused beyond the length that is asked for', () => {
    expect(verifyCompactJws(token, { typ, resolveKey, maxLength: token.length }).outcome).toBe('verified')
    expect(verifyCompactJws(token, { typ, resolveKey, maxLength: token.length - 1 }).outcome).toBe('refused')
    const long = signCompactJws({ typ, kid, claims: { a: 'x'.repeat(65_536) }, privateKey: hardwareSigningKey })
    expect(verifyCompactJws(long, { typ, resolveKey }).outcome).toBe('refused')
  })

  it('is neither signed nor verified with a key of another curve', () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    expect(() => signCompactJws({ typ, kid, claims, privateKey: p384.privateKey })).toThrow(TypeError)
    expect(() => signCompactJws({ typ, kid, claims, privateKey: machineSigningKey })).toThrow(TypeError)
    for (const other of [p384.publicKey, createPublicKey(machineSigningKey)]) {
      expect(verifyCompactJws(token, { typ, resolveKey: () => other })).toMatchObject({ outcome: 'refused' })
    }
  })

  it('takes nothing from a member that is named like a prototype', () => {
    const body = encode('{"__proto__":{"gen":1},"iss":"x"}')
    const verified = verifyCompactJws(forge(header, body), { typ, resolveKey })
    if (verified.outcome !== 'verified') throw new Error(verified.detail)
    expect(verified.claims.gen).toBeUndefined()
  })
})

describe('parseAssertionClaims', () => {
  const assertion = {
    iss: 'https://countersign.example',
    aud: 'orders',
    sub: 'spiffe://example.org/machine/mach_01k3tt0z0ye00800014d2pf2db',
    gen: 3,
    jti: 'dec_01k3tt0z0ye00800014d2pf2db',
    iat: CREATED,
    exp: CREATED + 10,
    htm: 'POST',
    authority: 'orders.example',
    target: '/v1/orders?a=1',
    content: 'checked',
    digest: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  }

  it('reads an assertion', () => {
    expect(parseAssertionClaims(assertion)).toEqual({ outcome: 'parsed', claims: assertion })
    const observed = { ...assertion, outcome: 'observed', content: 'unchecked' }
    expect(parseAssertionClaims(observed)).toEqual({ outcome: 'parsed', claims: observed })
  })

  it.each(Object.keys(assertion).filter((name) => name !== 'digest'))('refuses one without %s', (name) => {
    const rest = Object.fromEntries(Object.entries(assertion).filter(([key]) => key !== name))
    expect(parseAssertionClaims(rest)).toMatchObject({ outcome: 'refused' })
    expect(parseAssertionClaims({ ...assertion, [name]: true })).toMatchObject({ outcome: 'refused' })
    expect(parseAssertionClaims({ ...assertion, [name]: 'x'.repeat(20_000) })).toMatchObject({ outcome: 'refused' })
  })

  it.each([
    null,
    [],
    'x',
    { ...assertion, nbf: 1 },
    { ...assertion, outcome: 'allowed' },
    { ...assertion, outcome: undefined },
    { ...assertion, digest: 1 },
    { ...assertion, aud: ['orders'] },
    { ...assertion, gen: -1 },
    { ...assertion, iat: 1.5 },
  ])('refuses %j', (untrusted) => {
    expect(parseAssertionClaims(untrusted)).toMatchObject({ outcome: 'refused' })
  })
})
