import { Notice } from '@/components/ui/notice'

/** Why nobody can sign in here: a password would travel in clear. */
export function ExposedNotice({ detail }: { readonly detail: string }) {
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold tracking-tight">Signing in is not safe here</h1>
      <Notice tone="warn" title="This page was reached without TLS.">
        <p>Your password and your session could be read on the way, so Countersign takes neither. {detail}</p>
      </Notice>
      <p className="text-quiet">
        Whoever runs the server finds the settings in docs/sign-in.md: COUNTERSIGN_PUBLIC_URL and
        COUNTERSIGN_TRUSTED_PROXIES.
      </p>
    </div>
  )
}
