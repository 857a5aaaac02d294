import { generateKeyPairSync, randomBytes, createPublicKey, type KeyObject } from 'node:crypto'
import {
  computeAgreementProof,
  computeJwkThumbprint,
  deriveEpochKey,
  deriveSharedSecret,
  epochOf,
  formatMachineKeyid,
  formatSequenceNonce,
  parseAgreementPublicJwk,
  parseJoinToken,
  parseSigningPublicJwk,
  signMachineMessage,
  signRequestCredential,
  type HttpField,
  type SharedSecret,
  type SigningKeyForRequests,
} from '@/lib/protocol'

/** A request that a test machine signs. */
export interface TestRequest {
  readonly method?: string
  readonly authority: string
  readonly target: string
  readonly headers?: readonly HttpField[]
  readonly body?: Uint8Array
  readonly coveredFields?: readonly string[]
  /** Seconds; default now. */
  readonly created?: number
  readonly expires?: number
  readonly nonce?: string
}

/**
 * A machine inside the test process, built on the protocol alone: for load, for attacks that the agent refuses to make,
 * and for what only a thief would do.
 */
export interface TestMachine {
  readonly id: string
  readonly generation: number
  /** The request's header fields with a fresh credential. */
  sign(request: TestRequest): HttpField[]
  /** The highest number given out so far. */
  lastSeq(): number
  /** Renews; the new generation replaces the keys of this object. By default with a signing key of the same kind. */
  renew(lastSeq?: number, signingKey?: SigningKeyKind): Promise<Response>
  /** What whoever copies the machine's state has: its own counter from here on. */
  copy(): TestMachine
}

interface Keys {
  readonly signing: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  readonly agreement: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
}

interface State {
  serverUrl: string
  trustDomain: string
  id: string
  generation: number
  keys: Keys
  shared: SharedSecret
  generatorKid: string
  seq: number
}

const defaultCovered = ['authorization', 'x-api-key', 'cookie'] as const

/** Ed25519, or P-256 as hardware would hold it; a test keeps both in memory. */
export type SigningKeyKind = 'ed25519' | 'p256'

function makeKeys(kind: SigningKeyKind): Keys {
  const signing = kind === 'p256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  return { signing, agreement: generateKeyPairSync('x25519') }
}

function signerOf({ signing: { privateKey } }: Keys): Exclude<SigningKeyForRequests, { readonly alg: 'hmac-sha256' }> {
  return { alg: privateKey.asymmetricKeyType === 'ec' ? 'ecdsa-p256-sha256' : 'ed25519', key: privateKey }
}

function publicJwks(keys: Keys) {
  const signing = parseSigningPublicJwk(keys.signing.publicKey.export({ format: 'jwk' }))
  const agreement = parseAgreementPublicJwk(keys.agreement.publicKey.export({ format: 'jwk' }))
  if (signing.outcome === 'refused' || agreement.outcome === 'refused') throw new Error('Fresh keys were refused.')
  return { signing, agreement }
}

function agree(keys: Keys, generatorJwk: Record<string, string>): SharedSecret {
  const { kty, crv, x } = generatorJwk
  const derived = deriveSharedSecret(
    keys.agreement.privateKey,
    createPublicKey({ key: { kty, crv, x } as never, format: 'jwk' }),
  )
  if (derived.outcome === 'refused') throw new Error('The generator key was refused.')
  return derived.shared
}

function claimsOf(jws: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

const seconds = () => Math.floor(Date.now() / 1000)
const nonce = () => randomBytes(16).toString('base64url')

/** Enrols a machine with a join token over HTTP. Throws with the server's answer when it is refused. */
export async function enrollTestMachine(
  serverUrl: string,
  joinToken: string,
  name = 'test',
  signingKey: SigningKeyKind = 'ed25519',
): Promise<TestMachine> {
  const parameters = (await (await fetch(`${serverUrl}/api/v1/enrollments/parameters`)).json()) as {
    parameters: string
  }
  const offered = claimsOf(parameters.parameters) as {
    machineId: string
    trustDomain: string
    generatorKey: Record<string, string> & { kid: string }
  }
  const token = parseJoinToken(joinToken)
  if (token.outcome === 'refused') throw new Error('Not a join token.')
  const keys = makeKeys(signingKey)
  const { signing, agreement } = publicJwks(keys)
  const shared = agree(keys, offered.generatorKey)
  const created = seconds()
  const epochKey = deriveEpochKey({
    shared,
    trustDomain: offered.trustDomain,
    machineId: offered.machineId,
    generation: 1,
    epoch: epochOf(created),
    purpose: 'enroll',
    agreementThumbprint: agreement.thumbprint,
    generatorThumbprint: offered.generatorKey.kid,
  })
  const proof = computeAgreementProof({
    epochKey,
    machineId: offered.machineId,
    signingThumbprint: signing.thumbprint,
    agreementThumbprint: agreement.thumbprint,
    created,
  })
  const response = await sendMessage(
    serverUrl,
    '/api/v1/enrollments',
    created,
    {
      evidence: { type: 'join_token', joinTokenId: token.joinTokenId },
      machineId: offered.machineId,
      generatorKid: offered.generatorKey.kid,
      signingKey: signing.jwk,
      agreementKey: agreement.jwk,
      agreementProof: proof,
      name,
    },
    [
      { label: 'machine', tag: 'countersign-enroll', keyid: signing.thumbprint, ...signerOf(keys) },
      {
        label: 'join',
        tag: 'countersign-enroll-join',
        keyid: token.joinTokenId,
        alg: 'ed25519',
        key: token.privateKey,
      },
    ],
  )
  if (response.status !== 201) throw new Error(`Enrolment: ${response.status} ${await response.text()}`)
  return createMachine({
    serverUrl,
    trustDomain: offered.trustDomain,
    id: offered.machineId,
    generation: 1,
    keys,
    shared,
    generatorKid: offered.generatorKey.kid,
    seq: 0,
  })
}

async function sendMessage(
  serverUrl: string,
  path: string,
  created: number,
  body: object,
  signatures: Parameters<typeof signMachineMessage>[0]['signatures'],
): Promise<Response> {
  const bytes = Buffer.from(JSON.stringify(body))
  const authority = serverUrl.replace(/^https?:\/\//, '')
  const fields = signMachineMessage({
    method: 'POST',
    authority,
    path,
    body: bytes,
    signatures,
    created,
    expires: created + 60,
    nonce: nonce(),
  })
  return fetch(`${serverUrl}${path}`, {
    method: 'POST',
    headers: [['content-type', 'application/json'], ...fields.map(([name, value]): [string, string] => [name, value])],
    body: bytes,
  })
}

function createMachine(state: State): TestMachine {
  return {
    get id() {
      return state.id
    },
    get generation() {
      return state.generation
    },
    lastSeq: () => state.seq,
    sign: (request) => signWith(state, request),
    copy: () => createMachine({ ...state }),
    renew: (lastSeq = state.seq, signingKey = kindOf(state.keys)) => renew(state, lastSeq, signingKey),
  }
}

function kindOf(keys: Keys): SigningKeyKind {
  return signerOf(keys).alg === 'ed25519' ? 'ed25519' : 'p256'
}

/** Protocol section 4: a signing key that hardware holds signs requests itself. */
function requestKeyOf(state: State, created: number): SigningKeyForRequests {
  if (kindOf(state.keys) === 'p256') return signerOf(state.keys)
  const { agreement } = publicJwks(state.keys)
  const key = deriveEpochKey({
    shared: state.shared,
    trustDomain: state.trustDomain,
    machineId: state.id,
    generation: state.generation,
    epoch: epochOf(created),
    purpose: 'request',
    agreementThumbprint: agreement.thumbprint,
    generatorThumbprint: state.generatorKid,
  })
  return { alg: 'hmac-sha256', key }
}

function signWith(state: State, request: TestRequest): HttpField[] {
  const created = request.created ?? seconds()
  const headers = request.headers ?? []
  const signed = signRequestCredential({
    method: request.method ?? 'GET',
    target: request.target,
    authority: request.authority,
    scheme: 'http',
    headers,
    ...(request.body && { body: request.body }),
    coveredFields: request.coveredFields ?? defaultCovered,
    created,
    expires: request.expires ?? created + 60,
    nonce: request.nonce ?? formatSequenceNonce(++state.seq, randomBytes(16)),
    keyid: formatMachineKeyid(state.id, state.generation),
    key: requestKeyOf(state, created),
  })
  if (signed.outcome === 'refused') throw new Error(`Not signed: ${signed.detail}`)
  return [...headers, ...signed.headers]
}

async function renew(state: State, lastSeq: number, signingKey: SigningKeyKind): Promise<Response> {
  const next = makeKeys(signingKey)
  const { signing, agreement } = publicJwks(next)
  const path = `/api/v1/machines/${state.id}/renewals`
  const response = await sendMessage(
    state.serverUrl,
    path,
    seconds(),
    { signingKey: signing.jwk, agreementKey: agreement.jwk, lastSeq },
    [
      {
        label: 'current',
        tag: 'countersign-renew',
        keyid: formatMachineKeyid(state.id, state.generation),
        ...signerOf(state.keys),
      },
      {
        label: 'next',
        tag: 'countersign-renew-new',
        keyid: computeJwkThumbprint(signing.jwk),
        ...signerOf(next),
      },
    ],
  )
  if (response.status === 200) {
    const { answer } = (await response.clone().json()) as { answer: string }
    const generatorKey = claimsOf(answer).generatorKey as Record<string, string> & { kid: string }
    Object.assign(state, {
      generation: state.generation + 1,
      keys: next,
      shared: agree(next, generatorKey),
      generatorKid: generatorKey.kid,
      seq: 0,
    })
  }
  return response
}
