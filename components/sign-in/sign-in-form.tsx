'use client'

import { PasswordStep } from './password-step'
import { SignInFlow } from './sign-in-flow'

/** Signing in, and back to where one came from. */
export function SignInForm({ returnTo, isExpired }: { readonly returnTo: string; readonly isExpired: boolean }) {
  const notice = isExpired ? 'The sign-in was not finished in time. Begin again.' : null
  return <SignInFlow returnTo={returnTo} first={(props) => <PasswordStep notice={notice} {...props} />} />
}
