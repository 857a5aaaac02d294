'use client'

import { CopyButton } from '@/components/ui/copy-button'
import type { TotpSetup } from '@/lib/contract/self'

/** How an authenticator app gets the secret: by its camera, by typing, or on this device. */
export function TotpSetupView({ setup }: { readonly setup: TotpSetup }) {
  const { qr, secret, uri } = setup
  const grouped = (secret.match(/.{1,4}/g) ?? []).join(' ')
  return (
    <div className="flex flex-col gap-3">
      {/* Black on white in every theme: not every camera reads it the other way round. */}
      <svg
        role="img"
        aria-label="QR code for the authenticator app. The key below is the same."
        viewBox={`0 0 ${qr.size} ${qr.size}`}
        shapeRendering="crispEdges"
        className="w-48 self-center rounded-md border border-line"
      >
        <rect width={qr.size} height={qr.size} fill="#fff" />
        <path d={qr.path} fill="#000" />
      </svg>
      <div className="flex flex-col gap-1">
        <span className="text-sm font-medium" id="totp-key">
          Key, to type instead
        </span>
        <span className="flex items-center gap-1">
          <code aria-labelledby="totp-key" className="min-w-0 text-sm wrap-anywhere">
            {grouped}
          </code>
          <CopyButton text={secret} what="key" />
        </span>
        <a href={uri} className="self-start text-sm text-accent underline">
          Open in an app on this device
        </a>
      </div>
    </div>
  )
}
