import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { ExposedNotice } from '@/components/sign-in/exposed-notice'
import { SignInForm } from '@/components/sign-in/sign-in-form'
import { readReturnPath } from '@/lib/domain/operator/return-path'
import { loadSignInPage } from '@/lib/server/auth/load-sign-in-page'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { return: given, expired } = await searchParams
  const returnTo = readReturnPath(given)
  const page = await loadSignInPage()
  switch (page.state) {
    case 'exposed':
      return <ExposedNotice detail={page.detail} />
    case 'signed_in':
      return redirect(returnTo)
    case 'not_set_up':
      return <NotSetUp />
    case 'open':
      return <SignInForm returnTo={returnTo} isExpired={expired !== undefined} />
  }
}

function NotSetUp() {
  return (
    <div className="flex flex-col gap-3">
      <h1 className="text-xl font-semibold tracking-tight">Nobody administers this deployment yet</h1>
      <p className="text-quiet">
        The server printed a set-up link when it started, and left it in the file <code>set-up-link</code> of its data
        directory. Open it to become the first administrator; a restart makes a new one.
      </p>
    </div>
  )
}
