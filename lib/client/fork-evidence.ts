import { z } from 'zod'
import { forkKinds, type ForkKind } from '@/lib/domain/machine/fork-kind'

const kinds = Object.keys(forkKinds) as [ForkKind, ...ForkKind[]]

const side = z.object({ address: z.string().nullable(), at: z.string().nullable(), detail: z.string() })

const evidence = z.object({
  kind: z.enum(kinds),
  generation: z.int(),
  sides: z.array(side).length(2),
})

export type ForkSideShown = z.output<typeof side>

export type ForkEvidenceShown = z.output<typeof evidence>

/** The evidence in the detail of an audit event; null for one that another version wrote in another form. */
export function readForkEvidence(detail: unknown): ForkEvidenceShown | null {
  return evidence.safeParse(detail).data ?? null
}
