/** Operations that decide. `server.ts` answers them itself, before anything else sees the request (protocol.md, section 6). */
import { z } from 'zod'
import { errorCodes, type DecisionCode, type ErrorCode } from '@/lib/domain/error-code'
import { gatewayProfiles } from '@/lib/domain/gateway/gateway-profile'
import { idOf, instant } from './common'
import { slug } from './services'

const decisionCodes = (Object.keys(errorCodes) as ErrorCode[]).filter(
  (code): code is DecisionCode => errorCodes[code].kind === 'decision',
)

export const maxVerifyBodyBytes = 65_536
export const maxVerifyHeaders = 200

/** The body of `POST /verify`. The server reads it with a parser of its own; a property test holds the two together. */
export const verifyBody = z
  .strictObject({
    service: slug,
    method: z
      .string()
      .min(1)
      .max(32)
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/)
      .meta({ description: 'As on the request line.', example: 'GET' }),
    target: z.string().min(1).max(16_384).meta({
      description: 'The raw request-target, never rebuilt from a parsed URL.',
      example: '/v1/orders?status=open',
    }),
    authority: z.string().min(1).max(1024).meta({ description: 'What the request named as its host.' }),
    headers: z
      .array(z.tuple([z.string().min(1).max(256), z.string().max(16_384)]))
      .max(maxVerifyHeaders)
      .meta({ description: 'Field lines as received, in their order, repeated ones repeated.' }),
    bodyDigest: z
      .string()
      .regex(/^(?=.)(?:sha-256=:[A-Za-z0-9+/]{43}=:)?(?:(?:^|, )sha-512=:[A-Za-z0-9+/]{86}==:)?$/)
      .optional()
      .meta({
        description:
          'Digests of the body that the caller saw, in the form of Content-Digest: sha-256, sha-512 or both, in this order. ' +
          'Left away: nobody has checked it.',
      }),
    sourceAddress: z.string().max(64).optional().meta({ description: 'A fact for people, never a reason to allow.' }),
  })
  .meta({ id: 'VerifyRequest' })

export const verifyAnswer = z
  .object({
    decisionId: idOf('dec', 'a decision'),
    outcome: z.enum(['allowed', 'observed']).meta({
      description: 'observed: the service only observes, and would refuse this request when it enforced.',
    }),
    machine: z
      .object({
        id: idOf('mach', 'a machine'),
        spiffeId: z.string().max(512),
        name: z.string().max(256),
        generation: z.int(),
        labels: z.record(z.string().max(63), z.string().max(255)),
      })
      .optional()
      .meta({ description: 'Left away only when the outcome is observed and the request came from no known machine.' }),
    authority: z.string().max(261).optional().meta({
      description: 'The host that was signed. Left away when the outcome is observed.',
    }),
    content: z
      .enum(['checked', 'unchecked', 'none'])
      .optional()
      .meta({
        description:
          'unchecked: the caller compares the body with Content-Digest, which was signed. none: no body, or the service ' +
          'does not bind bodies. Left away when the outcome is observed.',
      }),
    assertion: z.string().max(8192).optional().meta({ description: 'Compact JWS, typ countersign-assertion+jwt.' }),
    assertionExpiresAt: instant.optional(),
  })
  .meta({ id: 'VerifyAnswer' })

export const authzParams = z.object({ profile: z.enum(gatewayProfiles).exclude(['gate', 'library']), service: slug })

/** Codes that a decision can be refused with, by status. */
export const denialCodes = {
  401: decisionCodes.filter((code) => errorCodes[code].status === 401),
  403: decisionCodes.filter((code) => errorCodes[code].status === 403),
} as const
