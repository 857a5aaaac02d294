import Link from 'next/link'
import { Card } from '@/components/ui/card'
import type { Overview } from '@/lib/contract/overview'
import { nameOfCode } from '@/lib/client/format-code'

/** Why requests were denied in the last hour. Numbers, not a chart: they are few. */
export function DenialReasons({ reasons }: { readonly reasons: Overview['denialReasons'] }) {
  return (
    <Card title="Reasons for denials" description="Requests, last hour" isFlush>
      {reasons.length === 0 ? (
        <p className="px-4 py-6 text-center text-quiet">Nothing was denied in the last hour.</p>
      ) : (
        <ul>
          {reasons.map(({ code, count }) => (
            <li key={code} className="border-b border-line last:border-b-0">
              <Link
                href={`/credential-use?outcome=denied&code=${encodeURIComponent(code)}&range=1h`}
                className="flex items-baseline justify-between gap-4 px-4 py-2 -outline-offset-2 hover:bg-hover"
              >
                <span>{nameOfCode(code)}</span>
                <span className="font-medium tabular">{count.toLocaleString('en')}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
