/** A link that does not work, whatever the reason: it does not say which. */
export function LinkInvalid({ how }: { readonly how: string }) {
  return (
    <div className="flex flex-col gap-3">
      <h1 className="text-xl font-semibold tracking-tight">This link does not work any more</h1>
      <p className="text-quiet">Each link works once and for 24 hours, and only the newest one does. {how}</p>
      <p>
        <a href="/sign-in" className="text-accent underline">
          Go to the sign-in
        </a>
      </p>
    </div>
  )
}
