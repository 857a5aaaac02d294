import type { Metadata } from 'next'
import { ChoosePasswordForm } from '@/components/sign-in/choose-password-form'
import { ExposedNotice } from '@/components/sign-in/exposed-notice'
import { LinkInvalid } from '@/components/sign-in/link-invalid'
import { loadLinkPage } from '@/lib/server/auth/load-link-page'

export const metadata: Metadata = { title: 'Choose a new password' }

export default async function ResetPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const page = await loadLinkPage(token, 'reset')
  if (page.state === 'exposed') return <ExposedNotice detail={page.detail} />
  if (page.state === 'invalid' || page.operator === null) {
    return <LinkInvalid how="Ask an administrator, or whoever runs the server, for a new one." />
  }
  return (
    <ChoosePasswordForm
      token={token}
      title="Choose a new password"
      description="Your old password and your old second factor stop working with it."
      email={page.operator.email}
    />
  )
}
