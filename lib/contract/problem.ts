import { z } from 'zod'
import { errorCodes, type ErrorCode } from '@/lib/domain/error-code'

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]

/** RFC 9457, `application/problem+json`. */
export const problem = z
  .object({
    type: z
      .string()
      .max(128)
      .meta({ description: 'Path of the page about this code.', example: '/docs/errors#conflict' }),
    title: z.string().max(256),
    status: z.int().min(400).max(599),
    code: z.enum(codes),
    detail: z.string().max(1024).optional(),
    advice: z.string().max(512).meta({ description: 'What to do next, for the person who reads it.' }),
    requestId: z.string().max(64).optional().meta({
      description: 'Left away where decisionId names the request.',
      example: 'req_01k3tt0z0ye00800014d2pf2db',
    }),
    decisionId: z.string().max(64).optional(),
    clockSkewSeconds: z.int().optional().meta({ description: 'Advice for people, never a source of time.' }),
    fields: z
      .array(z.object({ path: z.string().max(256), message: z.string().max(256) }))
      .max(20)
      .optional()
      .meta({ description: 'What is wrong, field by field.' }),
  })
  .meta({ id: 'Problem' })

export type Problem = z.output<typeof problem>

/** Path of the page that explains a code. */
export function problemType(code: ErrorCode): string {
  return `/docs/errors#${code}`
}
