'use client'

import { ChevronsUpDown, LogOut, Monitor, Moon, Settings, Sun } from 'lucide-react'
import Link from 'next/link'
import { useTheme } from 'next-themes'
import { useViewer } from '@/components/common/viewer'
import { HostileText } from '@/components/common/hostile-text'
import { DropdownMenu, MenuItem, MenuLabel, MenuRadioGroup, MenuSeparator } from '@/components/ui/dropdown-menu'
import { useToast } from '@/components/ui/toast'
import { describeProblem, toProblem } from '@/lib/client/api-problem'
import { signOut } from '@/lib/client/sign-out'

const themes = [
  { value: 'system', label: 'System', icon: <Monitor aria-hidden /> },
  { value: 'light', label: 'Light', icon: <Sun aria-hidden /> },
  { value: 'dark', label: 'Dark', icon: <Moon aria-hidden /> },
] as const

type Theme = (typeof themes)[number]['value']

/** Who is signed in, the theme, and the way out. */
export function ViewerMenu() {
  const viewer = useViewer()
  const { theme, setTheme } = useTheme()
  const toast = useToast()
  const chosen = themes.find(({ value }) => value === theme)?.value ?? 'system'
  const leave = () =>
    void signOut(viewer.sessionId).catch((error: unknown) => {
      const problem = toProblem(error)
      toast({ tone: 'bad', title: 'You are still signed in', description: describeProblem(problem) })
    })
  return (
    <DropdownMenu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={`Account and theme: ${viewer.name}, ${viewer.role}`}
          className="flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-hover"
        >
          <span
            aria-hidden
            className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
          >
            {Array.from(viewer.name)[0]?.toUpperCase()}
          </span>
          <span className="min-w-0 grow">
            <span className="block truncate font-medium">
              <HostileText text={viewer.name} maxLength={40} />
            </span>
            <span className="block text-xs text-quiet">{viewer.role}</span>
          </span>
          <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-quiet" />
        </button>
      }
    >
      <MenuLabel>Theme</MenuLabel>
      <MenuRadioGroup<Theme> value={chosen} onValueChange={setTheme} options={themes} />
      <MenuSeparator />
      <MenuItem asChild>
        <Link href="/settings">
          <Settings aria-hidden />
          Settings
        </Link>
      </MenuItem>
      <MenuItem icon={<LogOut aria-hidden />} onSelect={leave}>
        Sign out
      </MenuItem>
    </DropdownMenu>
  )
}
