import { redirect } from 'next/navigation'
import { requireOperator } from '@/lib/server/auth/require-operator'

/** Every section has an address of its own; this one leads to the first. */
export default async function SettingsPage() {
  await requireOperator()
  redirect('/settings/operators')
}
