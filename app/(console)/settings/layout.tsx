import type { ReactNode } from 'react'
import { SettingsNavigation } from '@/components/settings/settings-navigation'

/** Shows nothing of the deployment: each page asks for the session itself. */
export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <SettingsNavigation />
      {children}
    </>
  )
}
