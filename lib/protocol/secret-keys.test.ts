import { createPublicKey } from 'node:crypto'
import { format as formatWithPercent, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { agree, deriveVectorKey, generatorKey, machineAgreementKey, vectors } from '../../test/vectors/countersign-v1'

const secrets = [
  ['an epoch key', deriveVectorKey('request'), vectors.epochKeys.request.key],
  ['a shared secret', agree(machineAgreementKey, createPublicKey(generatorKey)), vectors.shared],
] as const

describe.each(secrets)('%s', (_, secret, hex) => {
  it('prints and serializes without its bytes', () => {
    const texts = [
      formatWithPercent('%s', secret),
      JSON.stringify(secret),
      inspect(secret, { depth: 9, showHidden: true }),
    ]
    for (const text of texts) {
      expect(text).not.toContain(hex.slice(0, 8))
      expect(text).not.toContain(Buffer.from(hex, 'hex').toString('base64').slice(0, 8))
    }
    expect(structuredCloneOrNothing(secret)).not.toContain(hex.slice(0, 8))
  })
})

function structuredCloneOrNothing(value: unknown): string {
  try {
    return JSON.stringify(structuredClone(value))
  } catch {
    return ''
  }
}
