/** Operations that machines call with signed messages (docs/machine-messages.md). Served outside the dispatcher. */
import { z } from 'zod'
import { idOf } from './common'

const base64url = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_-]+$/)

const signingKey = z
  .union([
    z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url }),
    z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: base64url, y: base64url }),
  ])
  .meta({ id: 'SigningPublicJwk' })

const agreementKey = z
  .object({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: base64url })
  .meta({ id: 'AgreementPublicJwk' })

const reported = z
  .record(z.string().max(64), z.string().max(256))
  .meta({ description: 'What the machine says of itself: shown, never selected by.' })

export const enrollBody = z
  .strictObject({
    evidence: z.strictObject({ type: z.literal('join_token'), joinTokenId: idOf('join', 'a join token') }),
    machineId: idOf('mach', 'the machine, from the parameters'),
    generatorKid: base64url,
    signingKey,
    agreementKey,
    agreementProof: base64url,
    name: z.string().max(256).optional(),
    reported: reported.optional(),
  })
  .meta({ id: 'Enrollment' })

export const renewBody = z
  .strictObject({
    signingKey,
    agreementKey,
    lastSeq: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
    reported: reported.optional(),
  })
  .meta({ id: 'Renewal' })

export const serviceListBody = z.strictObject({}).meta({ id: 'ServiceListRequest' })

/** A compact JWS signed by the assertion key; docs/machine-messages.md has its claims. */
export const signedAnswer = z.object({ answer: z.string().max(65_536) }).meta({ id: 'SignedAnswer' })

export const enrollmentParameters = z
  .object({
    parameters: z.string().max(8192).meta({ description: 'Compact JWS, typ countersign-enrollment-parameters+jwt.' }),
    assertionKey: z.object({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: base64url,
      y: base64url,
      kid: base64url.optional(),
    }),
  })
  .meta({ id: 'EnrollmentParameters' })

export const machineParams = z.object({ machine: idOf('mach', 'a machine') })
