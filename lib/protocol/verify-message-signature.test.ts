/** What the general engine asks of a signature beside its bytes: time, coverage, labels, content. */
import { describe, expect, it } from 'vitest'
import { verifyMessageSignature, type HttpField, type ResponseMessage } from './index'
import { CREATED, macFields, macOptions, macRequest, plainRequest, type ExpectedLine } from './testing/mac-message'

const METHOD: ExpectedLine = ['"@method"', 'GET']

describe('policy', () => {
  const good = macRequest([METHOD])

  it('asks for method, authority, path and query unless told otherwise', () => {
    const { resolveKey, now } = macOptions
    expect(verifyMessageSignature(good, { resolveKey, now })).toMatchObject({ code: 'component_missing' })
    expect(verifyMessageSignature(macRequest([]), { resolveKey, now })).toMatchObject({
      code: 'component_missing',
    })
    const covered = macRequest([METHOD, ['"@authority"', 'www.example.com'], ['"@path"', '/a'], ['"@query"', '?']], {
      target: '/a',
    })
    expect(verifyMessageSignature(covered, { resolveKey, now }).outcome).toBe('verified')
  })

  it('refuses outside of the window', () => {
    const at = (params: string, now: number) =>
      verifyMessageSignature(macRequest([METHOD], { params }), { ...macOptions, now })
    expect(at(`;created=${CREATED}`, CREATED - 31)).toMatchObject({ code: 'credential_not_yet_valid' })
    expect(at(`;expires=${CREATED}`, CREATED + 31)).toMatchObject({ code: 'credential_expired' })
    expect(at(`;created=${CREATED}`, CREATED + 9_999).outcome).toBe('verified')
    // The clock of a caller has fractions, and a signature needs neither parameter.
    expect(at(`;created=${CREATED}`, CREATED + 0.5).outcome).toBe('verified')
    expect(at(`;expires=${CREATED}`, CREATED + 0.5).outcome).toBe('verified')
    expect(at('', CREATED + 0.5).outcome).toBe('verified')
    expect(at(`;created="${CREATED}"`, CREATED)).toMatchObject({ code: 'credential_malformed' })
  })

  it('refuses a parameter that is given twice', () => {
    const params = `;created=1;created=${CREATED}`
    const twice = macRequest([METHOD], { params })
    expect(verifyMessageSignature(twice, macOptions)).toMatchObject({ code: 'credential_malformed' })
  })

  it('refuses an unknown key', () => {
    const resolveKey = () => undefined
    expect(verifyMessageSignature(good, { ...macOptions, resolveKey })).toMatchObject({ code: 'signature_invalid' })
  })

  it('wants a label when there are several signatures, and judges by that one alone', () => {
    const forged = good.headers.map(([name, value]): HttpField => [
      name,
      name === 'Signature' ? `bad=:${Buffer.alloc(32).toString('base64')}:, ${value}` : `bad=("@method"), ${value}`,
    ])
    const message = { ...good, headers: forged }
    expect(verifyMessageSignature(message, macOptions)).toMatchObject({ code: 'credential_malformed' })
    expect(verifyMessageSignature(message, { ...macOptions, label: 'sig' }).outcome).toBe('verified')
    expect(verifyMessageSignature(message, { ...macOptions, label: 'bad' })).toMatchObject({
      code: 'signature_invalid',
    })
    expect(verifyMessageSignature(message, { ...macOptions, label: 'x' })).toMatchObject({
      code: 'credential_missing',
    })
  })

  it('asks for the status of a response, and for components by identifier', () => {
    const { resolveKey, now } = macOptions
    const type: ExpectedLine = ['"content-type"', 'text/plain']
    const bound: ExpectedLine = ['"@query-param";req;name="status"', 'open']
    const respond = (...lines: ExpectedLine[]): ResponseMessage => ({
      kind: 'response',
      status: 200,
      headers: [['Content-Type', 'text/plain'], ...macFields(lines)],
      request: plainRequest,
    })
    expect(verifyMessageSignature(respond(type), { resolveKey, now })).toMatchObject({ code: 'component_missing' })
    const full = respond(type, ['"@status"', '200'], bound)
    expect(verifyMessageSignature(full, { resolveKey, now }).outcome).toBe('verified')
    const require = (...requiredComponents: string[]) =>
      verifyMessageSignature(full, { resolveKey, now, requiredComponents })
    expect(require('@status', '"content-type"', '"@query-param";name="status";req').outcome).toBe('verified')
    for (const other of ['@query-param', '"@query-param";name="status"', '"content-type";sf', '"content-type";req']) {
      expect(require(other)).toMatchObject({ outcome: 'refused', code: 'component_missing' })
    }
  })

  it('bounds the number of components', () => {
    const many = (count: number): ExpectedLine[] =>
      Array.from({ length: count }, (_, index) => [`"x-${index}"`, `${index}`] as const)
    const send = (count: number) => {
      const headers = Array.from({ length: count }, (_, index): HttpField => [`X-${index}`, `${index}`])
      return verifyMessageSignature(macRequest(many(count), { headers }), macOptions)
    }
    expect(send(64).outcome).toBe('verified')
    expect(send(65)).toMatchObject({ outcome: 'refused', code: 'credential_malformed' })
  })
})

describe('content', () => {
  const EMPTY = 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'
  const FIELD: HttpField = ['Content-Digest', EMPTY]
  const nothing = new Uint8Array()
  const something = Buffer.from('x')

  it.each<[string, ExpectedLine]>([
    ['whole', ['"content-digest"', EMPTY]],
    ['as a structured field', ['"content-digest";sf', EMPTY]],
    ['by member', ['"content-digest";key="sha-256"', EMPTY.slice('sha-256='.length)]],
    ['line by line', ['"content-digest";bs', `:${Buffer.from(EMPTY).toString('base64')}:`]],
  ])('is compared with a digest that is covered %s', (_, line) => {
    const send = (body?: Uint8Array) =>
      verifyMessageSignature(macRequest([line], { headers: [FIELD], ...(body && { body }) }), macOptions)
    expect(send()).toMatchObject({ content: 'unchecked' })
    expect(send(nothing)).toMatchObject({ content: 'checked' })
    expect(send(something)).toMatchObject({ outcome: 'refused', code: 'digest_mismatch' })
  })

  it('is not called checked for a digest that nobody can compute', () => {
    const headers: HttpField[] = [['Content-Digest', `${EMPTY}, md5=:AAAA:`]]
    const message = macRequest([['"content-digest";key="md5"', ':AAAA:']], { headers, body: something })
    expect(verifyMessageSignature(message, macOptions)).toMatchObject({ outcome: 'verified', content: 'unchecked' })
  })

  it('is not called checked when only the digest of the request is covered, which is compared all the same', () => {
    const respond = (body: Uint8Array): ResponseMessage => ({
      kind: 'response',
      status: 200,
      body: nothing,
      headers: [FIELD, ...macFields([['"content-digest";req', EMPTY]])],
      request: { ...plainRequest, headers: [FIELD], body },
    })
    expect(verifyMessageSignature(respond(nothing), macOptions)).toMatchObject({ content: 'unchecked' })
    expect(verifyMessageSignature(respond(something), macOptions)).toMatchObject({ code: 'digest_mismatch' })
  })

  it('is compared with a digest in the trailers', () => {
    const send = (body: Uint8Array) =>
      verifyMessageSignature(macRequest([['"content-digest";tr', EMPTY]], { trailers: [FIELD], body }), macOptions)
    expect(send(nothing)).toMatchObject({ content: 'checked' })
    expect(send(something)).toMatchObject({ code: 'digest_mismatch' })
  })
})
