import type { AgreementPublicJwk, SignatureAlgorithm, SigningPublicJwk } from '@/lib/protocol'
import { refused } from '../agent-error'

/** A private key as it lies in a file of the state directory. */
export type PrivateJwk = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519' | 'X25519'
  readonly x: string
  readonly d: string
}

/** A key that signs the service's answers, by its thumbprint. */
export type AssertionKey = SigningPublicJwk & { readonly kid: string }

/** Where the verification service is, and by which key its answers are believed. */
export interface ServerIdentity {
  readonly serverUrl: string
  /** Set when a person accepted plain HTTP to a host that is not this machine. */
  readonly isHttpAllowed: boolean
  readonly trustDomain: string
  readonly assertionKeys: readonly AssertionKey[]
}

/**
 * The enrolled machine, in `machine.json`. The private agreement key of a generation is not in it: it lives in the
 * memory of the process that obtained the generation and nowhere else, so that keys read from disk can sign a renewal
 * and nothing else.
 */
export interface MachineState extends ServerIdentity {
  readonly version: 1
  readonly machineId: string
  readonly spiffeId: string
  readonly name: string
  readonly requestAlgorithm: SignatureAlgorithm
  readonly generation: number
  readonly signingKey: PrivateJwk
  /** The highest number that this generation used or reserved. */
  readonly lastSeq: number
  /** RFC 3339. */
  readonly expiresAt: string
  readonly renewAfterSeconds: number
  /** A renewal that was perhaps sent: it is repeated with these keys until the service answers it. */
  readonly pendingRenewal: { readonly signingKey: PrivateJwk; readonly agreementKey: AgreementPublicJwk } | null
}

/** An enrolment that was perhaps sent, in `enrollment.json`: a second try repeats the same keys. */
export interface PendingEnrollment extends ServerIdentity {
  readonly version: 1
  readonly machineId: string
  readonly name: string
  readonly joinTokenId: string
  readonly generatorKey: AgreementPublicJwk & { readonly kid: string }
  readonly signingKey: PrivateJwk
  readonly agreementKey: PrivateJwk
}

/** Checks what a state file holds, as far as a damaged or foreign file could make this program do something wrong. */
export function parseMachineState(bytes: Buffer, path: string): MachineState {
  const value = parseStateObject(bytes, path)
  const isSound =
    hasServerIdentity(value) &&
    isText(value['machineId']) &&
    isText(value['spiffeId']) &&
    typeof value['name'] === 'string' &&
    isText(value['requestAlgorithm']) &&
    isCount(value['generation']) &&
    isPrivateJwk(value['signingKey']) &&
    isCount(value['lastSeq']) &&
    isText(value['expiresAt']) &&
    isCount(value['renewAfterSeconds']) &&
    (value['pendingRenewal'] === null ||
      (isRecord(value['pendingRenewal']) && isPrivateJwk(value['pendingRenewal']['signingKey'])))
  if (!isSound) throw damaged(path)
  return value as unknown as MachineState
}

export function parsePendingEnrollment(bytes: Buffer, path: string): PendingEnrollment {
  const value = parseStateObject(bytes, path)
  const isSound =
    hasServerIdentity(value) &&
    isText(value['machineId']) &&
    isText(value['name']) &&
    isText(value['joinTokenId']) &&
    isRecord(value['generatorKey']) &&
    isPrivateJwk(value['signingKey']) &&
    isPrivateJwk(value['agreementKey'])
  if (!isSound) throw damaged(path)
  return value as unknown as PendingEnrollment
}

function parseStateObject(bytes: Buffer, path: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw damaged(path)
  }
  if (!isRecord(value)) throw damaged(path)
  if (value['version'] !== 1) {
    throw refused('state_unreadable', `${path} was written by another version of countersign.`, 'Use that version.')
  }
  return value
}

function damaged(path: string): Error {
  return refused(
    'state_unreadable',
    `${path} is damaged: it does not hold what countersign wrote.`,
    'Enrol this machine anew into an empty state directory (--state), and have an operator revoke the old machine.',
  )
}

function hasServerIdentity(value: Record<string, unknown>): boolean {
  return (
    isText(value['serverUrl']) &&
    typeof value['isHttpAllowed'] === 'boolean' &&
    isText(value['trustDomain']) &&
    Array.isArray(value['assertionKeys']) &&
    value['assertionKeys'].length > 0 &&
    value['assertionKeys'].every((key) => isRecord(key) && isText(key['kid']))
  )
}

function isPrivateJwk(value: unknown): boolean {
  return isRecord(value) && value['kty'] === 'OKP' && isText(value['crv']) && isText(value['x']) && isText(value['d'])
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
