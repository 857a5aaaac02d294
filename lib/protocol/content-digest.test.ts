import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  checkContentDigest,
  computeBodyDigests,
  computeContentDigest,
  formatContentDigest,
  parseContentDigest,
} from './index'

const body = Buffer.from('{"hello": "world"}')
const other = Buffer.from('{"hello": "World"}')
/** RFC 9421 appendix B.2. */
const SHA512 = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'

function parse(value: string) {
  const parsed = parseContentDigest(value)
  if (parsed.outcome !== 'parsed') throw new Error(parsed.detail)
  return parsed.digest
}

describe('content-digest', () => {
  it('is computed as RFC 9530 has it', () => {
    // RFC 9530 appendix D: an empty body.
    expect(computeContentDigest(new Uint8Array())).toBe('sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:')
    expect(formatContentDigest(createHash('sha256').update(body).digest())).toBe(computeContentDigest(body))
    expect(() => formatContentDigest(Buffer.alloc(31))).toThrow(TypeError)
  })

  it('matches its body by sha-256, by sha-512, and by both', () => {
    const digests = computeBodyDigests(body)
    for (const value of [
      computeContentDigest(body),
      SHA512,
      `${SHA512}, ${computeContentDigest(body)}`,
      `md5=:AA==:,${SHA512}`,
    ]) {
      expect(checkContentDigest(parse(value), digests)).toEqual({ outcome: 'matches' })
      expect(checkContentDigest(parse(value), computeBodyDigests(other))).toMatchObject({ code: 'digest_mismatch' })
    }
  })

  it('refuses when one of two digests is wrong', () => {
    const value = `${SHA512}, ${computeContentDigest(other)}`
    expect(checkContentDigest(parse(value), computeBodyDigests(body))).toMatchObject({ code: 'digest_mismatch' })
  })

  it('refuses when a digest was not computed, has another length, or nothing was claimed', () => {
    const { sha256 } = computeBodyDigests(body)
    expect(checkContentDigest(parse(SHA512), { sha256 })).toMatchObject({ code: 'digest_mismatch' })
    const short = { sha256: sha256.subarray(0, 16) }
    expect(checkContentDigest(parse(computeContentDigest(body)), short)).toMatchObject({ code: 'digest_mismatch' })
    expect(checkContentDigest({}, computeBodyDigests(body))).toMatchObject({ code: 'digest_mismatch' })
  })
})
