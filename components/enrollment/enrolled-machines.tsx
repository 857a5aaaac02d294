'use client'

import { useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { MachineLink } from '@/components/machine/machine-link'
import { Instant } from '@/components/ui/instant'
import { Spinner } from '@/components/ui/spinner'
import { newestMachinesQuery } from '@/lib/client/queries/machine-queries'
import { newestJoinTokensQuery } from '@/lib/client/queries/join-token-queries'
import type { JoinToken } from '@/lib/contract/join-tokens'

const shown = 5

/** Machines as they enrol with a token, while its dialog is open. */
export function EnrolledMachines({ joinToken }: { readonly joinToken: Pick<JoinToken, 'id' | 'usesAllowed'> }) {
  const machines = useQuery(newestMachinesQuery())
  const tokens = useQuery(newestJoinTokensQuery())
  const enrolled = machines.data?.items.filter((machine) => machine.joinTokenId === joinToken.id) ?? []
  const usesTaken = tokens.data?.items.find(({ id }) => id === joinToken.id)?.usesTaken ?? 0
  const count = Math.max(enrolled.length, usesTaken)
  return (
    <section aria-label="Machines that enrolled with it" className="rounded-md border border-line p-3">
      <p role="status" className="flex items-center gap-2">
        {count === 0 ? (
          <>
            <Spinner className="size-3.5" />
            Waiting for the first machine to enrol
          </>
        ) : (
          <>
            <CircleCheck aria-hidden className="size-4 text-good" />
            {count.toLocaleString('en')} of {joinToken.usesAllowed.toLocaleString('en')} enrolled
          </>
        )}
      </p>
      {enrolled.length > 0 && (
        <ul className="mt-2 flex flex-col gap-1">
          {enrolled.slice(0, shown).map((machine) => (
            <li key={machine.id} className="flex min-w-0 flex-wrap items-center gap-x-2">
              <MachineLink machine={machine} />
              <span className="text-quiet">
                enrolled <Instant at={machine.enrolledAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
