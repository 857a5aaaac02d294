import type { KeyObject } from 'node:crypto'

/** HKDF labels of the master key: the one registry. A key is used for its purpose and nothing else. */
export type MasterKeyPurpose = 'database-field' | 'key-check' | 'session' | 'query-hash' | 'probe'

/** Where a ciphertext stands; bound in as associated data, so that it opens nowhere else. */
export interface CiphertextPlace {
  readonly table: string
  readonly column: string
  readonly rowId: string
}

export interface MasterKey {
  readonly version: number
  /** HKDF-SHA256, 32 bytes. */
  deriveKey(purpose: MasterKeyPurpose): KeyObject
  /** AES-256-GCM; the result carries the master key's version and the nonce. */
  sealField(plaintext: Uint8Array, place: CiphertextPlace): Buffer
  /** Throws when the place, the version or a byte differs. */
  openField(ciphertext: Uint8Array, place: CiphertextPlace): Buffer
}
