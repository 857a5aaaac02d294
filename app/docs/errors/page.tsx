import type { Metadata } from 'next'
import { errorCodes } from '@/lib/domain/error-code'

export const metadata: Metadata = { title: 'Error codes' }

/** Where the `type` of every problem document leads. */
export default function ErrorCodesPage() {
  return (
    <main>
      <h1>Error codes</h1>
      <p className="quiet">Each denial and each refusal of the API carries one of these codes. They are stable.</p>
      {Object.entries(errorCodes).map(([code, entry]) => (
        <section key={code} id={code} className="code">
          <h2>{code}</h2>
          <p>
            {entry.title} <span className="quiet">Status {entry.status}.</span>
          </p>
          <p className="quiet">{entry.advice}</p>
        </section>
      ))}
    </main>
  )
}
