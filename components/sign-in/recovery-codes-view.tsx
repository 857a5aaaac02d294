'use client'

import { CopyButton } from '@/components/ui/copy-button'

/** Recovery codes, shown this once. */
export function RecoveryCodesView({ codes }: { readonly codes: readonly string[] }) {
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-sunken p-3">
      <ul aria-label="Recovery codes" className="grid grid-cols-1 gap-1 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <CopyButton text={`${codes.join('\n')}\n`} what="codes" isIconOnly={false} className="-ml-2 self-start" />
    </div>
  )
}
