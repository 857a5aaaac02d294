import { HostileText } from '@/components/common/hostile-text'
import { Instant } from '@/components/ui/instant'
import type { AuditChange } from '@/lib/client/describe-audit-detail'

/** What an event changed: before and after side by side, at phone width below each other. */
export function AuditChanges({ changes }: { readonly changes: readonly AuditChange[] }) {
  return (
    <ul aria-label="What changed" className="flex flex-col gap-3 rounded-md border border-line bg-sunken p-3">
      {changes.map(({ name, before, after }) => (
        <li key={name}>
          <p className="text-xs font-medium">{name}</p>
          <dl className="mt-1 grid gap-x-4 gap-y-1 sm:grid-cols-2">
            <div className="min-w-0">
              <dt className="text-xs text-quiet">Before</dt>
              <dd>
                <AuditLines lines={before} />
              </dd>
            </div>
            <div className="min-w-0">
              <dt className="text-xs text-quiet">After</dt>
              <dd>
                <AuditLines lines={after} />
              </dd>
            </div>
          </dl>
        </li>
      ))}
    </ul>
  )
}

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

/** Values of the record. They may be the words of a machine. */
export function AuditLines({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return <span className="text-quiet">None</span>
  return (
    <span className="flex flex-col">
      {lines.map((line, index) =>
        instantPattern.test(line) ? (
          <Instant key={index} at={line} show="utc" className="self-start" />
        ) : (
          <HostileText key={index} text={line} maxLength={512} />
        ),
      )}
    </span>
  )
}
