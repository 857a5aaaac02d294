/** The mark: a countersign is the second half of an exchange. */
export function Brand() {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <svg
        aria-hidden
        viewBox="0 0 20 20"
        className="size-5 text-accent"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
      >
        <path d="M9 3H6a3 3 0 0 0-3 3v8a3 3 0 0 0 3 3h3" strokeLinecap="round" />
        <path d="M11 3h3a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-3" strokeLinecap="round" opacity="0.55" />
        <path d="m7 10 2.2 2.2L13.2 8" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      Countersign
    </span>
  )
}
