import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { cn } from '@/components/ui/cn'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import { shownGenerations, type MachineDetail } from '@/lib/contract/machines'

/** Keys change by themselves; each change is a generation. Newest first. */
export function GenerationTimeline({ machine }: { readonly machine: MachineDetail }) {
  const { generations } = machine
  return (
    <Card
      title="Keys and generations"
      description={
        generations.length === shownGenerations
          ? `The newest ${shownGenerations}, newest first.`
          : 'Newest first. Only public keys ever leave the machine.'
      }
    >
      <ol className="flex flex-col">
        {generations.map((generation, index) => {
          const isCurrent = generation.generation === machine.generation
          const isLast = index === generations.length - 1
          return (
            <li key={generation.generation} className="relative flex gap-4 pb-5 last:pb-0">
              {!isLast && <span aria-hidden className="absolute top-4 bottom-0 left-[5px] w-px bg-line" />}
              <span
                aria-hidden
                className={cn(
                  'mt-1 size-[11px] shrink-0 rounded-full border-2 bg-raised',
                  isCurrent ? 'border-accent bg-accent' : 'border-line-strong',
                )}
              />
              <div className="min-w-0 grow">
                <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <span className="font-medium tabular">Generation {generation.generation}</span>
                  {isCurrent && <Badge tone="accent">Current</Badge>}
                  <span className="text-quiet">
                    made <Instant at={generation.createdAt} />
                    {generation.supersededAt !== null && (
                      <>
                        , replaced <Instant at={generation.supersededAt} />
                      </>
                    )}
                    {isCurrent && (
                      <>
                        , expires <Instant at={generation.expiresAt} />
                      </>
                    )}
                    {generation.lastSeq !== null &&
                      `, ${generation.lastSeq.toLocaleString('en')} numbers used or reserved`}
                  </span>
                </p>
                <dl className="mt-1 flex flex-wrap gap-x-6 gap-y-0.5 text-xs text-quiet">
                  <Key name="Signing key" value={generation.signingThumbprint} />
                  <Key name="Agreement key" value={generation.agreementThumbprint} />
                  <Key name="Generator" value={generation.generatorKid} />
                </dl>
              </div>
            </li>
          )
        })}
      </ol>
    </Card>
  )
}

function Key({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="flex items-center gap-1.5">
      <dt>{name}</dt>
      <dd>
        <Identifier value={value} what={`${name.toLowerCase()} thumbprint`} />
      </dd>
    </div>
  )
}
