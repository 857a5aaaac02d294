import type { Metadata } from 'next'
import { ExposedNotice } from '@/components/sign-in/exposed-notice'
import { LinkInvalid } from '@/components/sign-in/link-invalid'
import { SetUpForm } from '@/components/sign-in/set-up-form'
import { loadLinkPage } from '@/lib/server/auth/load-link-page'

export const metadata: Metadata = { title: 'Set up' }

export default async function SetUpPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const page = await loadLinkPage(token, 'set_up')
  if (page.state === 'exposed') return <ExposedNotice detail={page.detail} />
  if (page.state === 'invalid') return <LinkInvalid how="Start the server again to get a new one." />
  return <SetUpForm token={token} />
}
