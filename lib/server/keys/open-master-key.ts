import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import type { CiphertextPlace, MasterKey, MasterKeyPurpose } from './master-key'

const formatByte = 1
const headerLength = 5
const nonceLength = 12
const tagLength = 16

/**
 * The master key as the rest of the server may use it: one derived key per purpose, and sealed database fields.
 *
 * A ciphertext is `format (1 byte) version (4 bytes) nonce (12) ciphertext tag (16)`, AES-256-GCM with a random nonce under
 * the key of purpose `database-field` (few fields are ever sealed: NIST SP 800-38D §8.3 allows 2^32 a key).
 */
export function openMasterKey(loaded: { version: number; key: KeyObject }): MasterKey {
  const { version, key } = loaded
  const derived = new Map<MasterKeyPurpose, KeyObject>()
  const deriveKey = (purpose: MasterKeyPurpose): KeyObject => {
    const known = derived.get(purpose)
    if (known) return known
    // RFC 5869 §3.1: no salt is needed for input that is uniformly random; the purpose is the context.
    const bytes = Buffer.from(hkdfSync('sha256', key, '', `countersign/master/v1/${purpose}`, 32))
    const made = createSecretKey(bytes)
    bytes.fill(0)
    derived.set(purpose, made)
    return made
  }

  return {
    version,
    deriveKey,
    sealField(plaintext, place) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', deriveKey('database-field'), nonce, { authTagLength: tagLength })
      cipher.setAAD(associatedData(place, version))
      const header = Buffer.alloc(headerLength)
      header.writeUInt8(formatByte, 0)
      header.writeUInt32BE(version, 1)
      return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    },
    openField(ciphertext, place) {
      const bytes = Buffer.from(ciphertext)
      const where = `${place.table}.${place.column} of ${place.rowId}`
      if (bytes.length < headerLength + nonceLength + tagLength || bytes.readUInt8(0) !== formatByte) {
        throw new Error(`${where} is not a ciphertext of this format.`)
      }
      const sealedVersion = bytes.readUInt32BE(1)
      if (sealedVersion !== version) {
        throw new Error(
          `${where} was sealed under version ${sealedVersion} of the master key; this is version ${version}.`,
        )
      }
      const nonce = bytes.subarray(headerLength, headerLength + nonceLength)
      const decipher = createDecipheriv('aes-256-gcm', deriveKey('database-field'), nonce, { authTagLength: tagLength })
      decipher.setAAD(associatedData(place, version))
      decipher.setAuthTag(bytes.subarray(-tagLength))
      try {
        return Buffer.concat([
          decipher.update(bytes.subarray(headerLength + nonceLength, -tagLength)),
          decipher.final(),
        ])
      } catch {
        throw new Error(
          `${where} does not open: it was changed, moved from another row, or sealed under another master key.`,
        )
      }
    },
  }
}

function associatedData(place: CiphertextPlace, version: number): Buffer {
  return Buffer.from([place.table, place.column, place.rowId, String(version)].join('\0'), 'utf8')
}
