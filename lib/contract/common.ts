import { z } from 'zod'
// Types only: teaches `.meta()` the words of OpenAPI.
import type {} from 'zod-openapi'
import type { IdPrefix } from '@/lib/domain/ids'
import { isPlainText } from '@/lib/domain/display-text'
import { labelKeyPattern, labelValuePattern, maxLabels } from '@/lib/domain/label/labels'

const exampleSuffix = '01k3tt0z0ye00800014d2pf2db'

/** A TypeID with this prefix. */
export function idOf(prefix: IdPrefix, of: string) {
  return z
    .string()
    .max(prefix.length + 27)
    .regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `not an id of ${of}: ${prefix}_ and 26 characters`)
    .meta({ description: `Id of ${of}.`, example: `${prefix}_${exampleSuffix}` })
}

/** RFC 3339, UTC. */
export const instant = z.iso.datetime().max(32).meta({ example: '2026-11-22T08:30:00.000Z' })

/** An instant that a caller gives, with any offset. */
export const givenInstant = z.iso
  .datetime({ offset: true, error: 'not an instant of RFC 3339, such as 2026-11-22T08:30:00Z' })
  .max(40)
  .meta({ example: '2026-11-22T08:30:00Z' })

/** A name that an operator chooses: one line, nothing that hides or moves. */
export const displayName = z
  .string()
  .min(1, 'must not be empty')
  .max(128, 'takes at most 128 characters')
  .refine((text) => text.trim() === text && text !== '', 'must not begin or end with a blank')
  .refine(isPlainText, 'must not hold control characters or characters that hide')
  .meta({ description: 'One line of text without control or invisible characters.' })

/** Why, in the words of whoever did it. Kept for ever in the audit log. */
export const reason = z
  .string()
  .max(500, 'takes at most 500 characters')
  .refine((text) => text.trim() !== '', 'must say why')
  .refine(isPlainText, 'must not hold control characters or characters that hide')
  .meta({ description: 'Why. Kept in the audit log.', example: 'Laptop reported stolen, ticket 4711' })

export const labels = z
  .record(
    z.string().regex(labelKeyPattern, 'a label’s name takes up to 63 of a-z, 0-9, dot, underscore, slash and dash'),
    z.string().regex(labelValuePattern, 'a label’s value takes 1 to 255 visible ASCII characters'),
  )
  .refine((value) => Object.keys(value).length <= maxLabels, `at most ${maxLabels} labels`)
  .meta({ description: `At most ${maxLabels} labels.`, example: { env: 'production', team: 'payments' } })

/** Opaque to callers: where the next page begins. */
const cursor = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9_-]+$/, 'not a cursor of this list')
  .meta({ description: 'nextCursor of the page before.' })

export const defaultPageSize = 50
export const maxPageSize = 200

const limit = z
  .string()
  .regex(/^(?:[1-9][0-9]?|1[0-9]{2}|200)$/, `takes a whole number from 1 to ${maxPageSize}`)
  .default(String(defaultPageSize))
  .transform(Number)
  .meta({
    override: { type: 'integer', minimum: 1, maximum: maxPageSize, default: defaultPageSize, pattern: undefined },
  })

/** The query of every list. */
export const pageQuery = { cursor: cursor.optional(), limit }

export interface PageQuery {
  readonly cursor?: string | undefined
  readonly limit: number
}

/** The answer of every list: no totals, which would cost a scan. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .object({
      items: z.array(item).max(maxPageSize),
      nextCursor: z.string().max(512).nullable().meta({ description: 'Null on the last page.' }),
    })
    .meta({ id })
}

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** Who made a thing, as it was named then. */
export const createdBy = z.string().max(256).meta({ example: 'deploy-bot (tok_01k3tt0z0ye00800014d2pf2db)' })

/** A secret in an answer: there once, and never again. */
export function shownOnce(prefix: string) {
  return z
    .string()
    .max(256)
    .meta({ description: `Shown once and stored only as a hash or public key. Begins with ${prefix}.` })
}
