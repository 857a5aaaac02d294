import type { Metadata } from 'next'
import { ChoosePasswordForm } from '@/components/sign-in/choose-password-form'
import { ExposedNotice } from '@/components/sign-in/exposed-notice'
import { LinkInvalid } from '@/components/sign-in/link-invalid'
import { loadLinkPage } from '@/lib/server/auth/load-link-page'

export const metadata: Metadata = { title: 'Choose your password' }

export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const page = await loadLinkPage(token, 'invitation')
  if (page.state === 'exposed') return <ExposedNotice detail={page.detail} />
  if (page.state === 'invalid' || page.operator === null) {
    return <LinkInvalid how="Ask the administrator who invited you for a new one." />
  }
  return (
    <ChoosePasswordForm
      token={token}
      title={`Welcome, ${page.operator.name}`}
      description="Choose the password with which you sign in to Countersign."
      email={page.operator.email}
    />
  )
}
