import { z } from 'zod'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import {
  parseAgreementPublicJwk,
  parseSigningPublicJwk,
  type AgreementPublicJwk,
  type ParsedPublicJwk,
  type SigningPublicJwk,
} from '@/lib/protocol'

/**
 * What a machine says about itself is data: control characters, bidi and markup are kept and shown safely. Only what
 * PostgreSQL cannot store is refused: NUL, and halves of surrogate pairs.
 */
const storableText = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((text) => !/[\0\p{Cs}]/u.test(text), 'holds a NUL or half a character')

const reported = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/), storableText(1024))
  .refine((record) => Object.keys(record).length <= 32, 'holds more than 32 entries')

/** A machine's name stands in an index, whose entries are bounded. */
const name = storableText(255)

const thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

const enrollmentBody = z.strictObject({
  evidence: z.strictObject({ type: z.literal('join_token'), joinTokenId: z.string().max(64) }),
  machineId: z.string().max(64),
  generatorKid: thumbprint,
  signingKey: z.unknown(),
  agreementKey: z.unknown(),
  agreementProof: thumbprint,
  name: name.optional(),
  reported: reported.optional(),
})

const renewalBody = z.strictObject({
  signingKey: z.unknown(),
  agreementKey: z.unknown(),
  lastSeq: z.int().min(0),
  reported: reported.optional(),
})

const serviceListBody = z.strictObject({})

export interface ParsedMachineKeys {
  readonly signing: ParsedPublicJwk<SigningPublicJwk>
  readonly agreement: ParsedPublicJwk<AgreementPublicJwk>
}

export type EnrollmentBody = Omit<z.infer<typeof enrollmentBody>, 'signingKey' | 'agreementKey'> & {
  readonly keys: ParsedMachineKeys
}

export type RenewalBody = Omit<z.infer<typeof renewalBody>, 'signingKey' | 'agreementKey'> & {
  readonly keys: ParsedMachineKeys
}

type Parsed<Body> = { outcome: 'parsed'; body: Body } | Refusal<'request_malformed'>

export function parseEnrollmentBody(bytes: Uint8Array): Parsed<EnrollmentBody> {
  return withKeys(parseBody(bytes, enrollmentBody))
}

export function parseRenewalBody(bytes: Uint8Array): Parsed<RenewalBody> {
  return withKeys(parseBody(bytes, renewalBody))
}

export function parseServiceListBody(bytes: Uint8Array): Parsed<Record<string, never>> {
  return parseBody(bytes, serviceListBody)
}

function parseBody<Body>(bytes: Uint8Array, schema: z.ZodType<Body>): Parsed<Body> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), refusePrototype)
  } catch {
    return refuse('request_malformed', 'The body is not JSON in UTF-8.')
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { outcome: 'parsed', body: parsed.data }
  const issue = parsed.error.issues[0]
  // Names of unknown members are the caller's text: they stay out of the answer.
  const where =
    issue === undefined || issue.path.length === 0 ? 'The body' : `The member ${issue.path.map(String).join('.')}`
  const what =
    issue?.code === 'unrecognized_keys' ? 'has members that this message does not know' : 'is not as it has to be'
  return refuse('request_malformed', `${where} ${what}; docs/machine-messages.md has its form.`)
}

/** zod leaves a member of this name out without a word; every other unknown one it refuses. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('A member has a name that is none.')
  return value
}

function withKeys<Body extends { signingKey?: unknown; agreementKey?: unknown }>(
  parsed: Parsed<Body>,
): Parsed<Omit<Body, 'signingKey' | 'agreementKey'> & { readonly keys: ParsedMachineKeys }> {
  if (parsed.outcome === 'refused') return parsed
  const { signingKey, agreementKey, ...body } = parsed.body
  const signing = parseSigningPublicJwk(signingKey)
  if (signing.outcome === 'refused') return refuse('request_malformed', `signingKey: ${signing.detail}`)
  const agreement = parseAgreementPublicJwk(agreementKey)
  if (agreement.outcome === 'refused') return refuse('request_malformed', `agreementKey: ${agreement.detail}`)
  return { outcome: 'parsed', body: { ...body, keys: { signing, agreement } } }
}
