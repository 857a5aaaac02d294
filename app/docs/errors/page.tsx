import type { Metadata } from 'next'
import { errorCodes } from '@/lib/domain/error-code'

export const metadata: Metadata = { title: 'Error codes' }

/** Where the `type` of every problem document leads. */
export default function ErrorCodesPage() {
  return (
    <main className="mx-auto max-w-3xl px-5 py-12">
      <h1 className="text-xl font-semibold tracking-tight">Error codes</h1>
      <p className="mt-1 text-quiet">
        Each denial and each refusal of the API carries one of these codes. They are stable.
      </p>
      <div className="mt-6">
        {Object.entries(errorCodes).map(([code, entry]) => (
          <section
            key={code}
            id={code}
            className="border-t border-line py-4 target:border-l-2 target:border-l-accent target:pl-4"
          >
            <h2 className="font-mono text-sm font-semibold">{code}</h2>
            <p className="mt-1">
              {entry.title} <span className="text-quiet">Status {entry.status}.</span>
            </p>
            <p className="text-quiet">{entry.advice}</p>
          </section>
        ))}
      </div>
    </main>
  )
}
