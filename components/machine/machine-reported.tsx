import { HostileText } from '@/components/common/hostile-text'
import { Card } from '@/components/ui/card'
import { Badge } from '@/components/ui/badge'

/** What the machine says of itself: shown as that, and decided on by nobody. */
export function MachineReported({ reported }: { readonly reported: Readonly<Record<string, string>> }) {
  const entries = Object.entries(reported).sort(([a], [b]) => a.localeCompare(b))
  return (
    <Card
      title="Reported by the machine"
      description="In its own words. Nothing is decided on it."
      action={<Badge tone="warn">Not verified</Badge>}
    >
      {entries.length === 0 ? (
        <p className="text-quiet">It reported nothing.</p>
      ) : (
        <dl className="grid gap-x-4 gap-y-0.5 sm:gap-y-2 sm:grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)]">
          {entries.map(([key, value]) => (
            <div key={key} className="contents">
              <dt className="min-w-0 text-quiet">
                <HostileText text={key} maxLength={48} />
              </dt>
              <dd className="mb-2 min-w-0 font-mono text-xs leading-5 sm:mb-0">
                <HostileText text={value} maxLength={300} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  )
}
