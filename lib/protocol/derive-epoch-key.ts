import { hash, hkdfSync } from 'node:crypto'
import { EpochKey, type SharedSecret } from './secret-keys'
import type { EpochPurpose } from './types'

const VERSION = 'countersign/v1'
const EPOCH_SECONDS = 300

/**
 * Protocol section 3.
 *
 * @param createdSeconds a credential's `created`, seconds since 1970
 * @returns the number of the five minutes that it falls in
 */
export function epochOf(createdSeconds: number): number {
  return Math.floor(createdSeconds / EPOCH_SECONDS)
}

export type EpochKeyInput<Purpose extends EpochPurpose> = {
  readonly shared: SharedSecret
  readonly trustDomain: string
  readonly machineId: string
  readonly generation: number
  /** From `epochOf`. Derive only after the time window was checked: a random `created` floods the cache. */
  readonly epoch: number
  readonly purpose: Purpose
  readonly agreementThumbprint: string
  readonly generatorThumbprint: string
}

/**
 * HKDF-SHA256 (RFC 5869) as protocol section 3 fixes it: a key for one machine, generation, epoch and purpose.
 *
 * @throws TypeError when a text holds a NUL (fields are separated by it) or a number is no natural number
 */
export function deriveEpochKey<Purpose extends EpochPurpose>(input: EpochKeyInput<Purpose>): EpochKey<Purpose> {
  assertUnambiguous(input)
  const salt = hash('sha256', `${VERSION}\0${input.trustDomain}`, 'buffer')
  const bytes = hkdfSync('sha256', input.shared.keyObject(), salt, formatEpochKeyInfo(input), 32)
  return new EpochKey(input.purpose, new Uint8Array(bytes))
}

/** The `info` of HKDF: fields separated by NUL, numbers in decimal. */
export function formatEpochKeyInfo(input: Omit<EpochKeyInput<EpochPurpose>, 'shared' | 'trustDomain'>): string {
  return [
    `${VERSION}/${input.purpose}`,
    input.machineId,
    input.generation,
    input.epoch,
    input.agreementThumbprint,
    input.generatorThumbprint,
  ].join('\0')
}

function assertUnambiguous(input: EpochKeyInput<EpochPurpose>): void {
  for (const text of [input.trustDomain, input.machineId, input.agreementThumbprint, input.generatorThumbprint]) {
    if (text === '' || text.includes('\0')) throw new TypeError('A part of the epoch key is empty or holds a NUL.')
  }
  for (const number of [input.generation, input.epoch]) {
    if (!Number.isSafeInteger(number) || number < 0) throw new TypeError('Generation and epoch are natural numbers.')
  }
}
