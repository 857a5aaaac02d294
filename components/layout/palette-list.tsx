'use client'

import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Boxes, Server } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useDeferredValue, useState, type ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { MachineStateBadge } from '@/components/machine/machine-state-badge'
import { ServiceModeBadge } from '@/components/service/service-mode-badge'
import { callApi } from '@/lib/client/call-api'
import { machinesKey } from '@/lib/client/queries/machine-queries'
import { serviceListQuery } from '@/lib/client/queries/service-queries'
import type { Service } from '@/lib/contract/services'
import { navigation, paletteActions } from './navigation'

const machineIdPattern = /^mach_[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** Pages and what they do by their names, services by a part of theirs, machines by the beginning of theirs or by their ID. */
export function PaletteList({ onChosen }: { readonly onChosen: () => void }) {
  const router = useRouter()
  const [text, setText] = useState('')
  const wanted = useDeferredValue(text.trim())
  const isId = machineIdPattern.test(wanted)
  const machines = useQuery({
    queryKey: [...machinesKey, 'palette', wanted],
    queryFn: ({ signal }) => callApi('listMachines', { query: { namePrefix: wanted, limit: '6' } }, { signal }),
    enabled: wanted !== '' && !isId,
  })
  const services = useQuery({ ...serviceListQuery({ limit: '200' }), enabled: wanted !== '' && !isId })
  const go = (href: string) => {
    onChosen()
    router.push(href)
  }
  const pages = [...navigation, ...(wanted === '' ? [] : paletteActions)].filter(({ name }) =>
    name.toLowerCase().includes(wanted.toLowerCase()),
  )
  const foundServices =
    wanted === '' || isId ? [] : (services.data?.items ?? []).filter((service) => isNamed(service, wanted)).slice(0, 6)
  const found = wanted === '' || isId ? [] : (machines.data?.items ?? [])
  return (
    <Command shouldFilter={false} label="Pages, services and machines" className="flex flex-col gap-2">
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Page, service, machine name or machine ID"
        autoFocus
        className="h-9 w-full rounded-md border border-line-strong bg-raised px-3 text-base"
      />
      <Command.List className="max-h-80 min-h-40 overflow-y-auto">
        {pages.map(({ href, name, icon: Icon }) => (
          <PaletteItem key={href} value={href} onSelect={() => go(href)}>
            <Icon aria-hidden className="size-4 text-quiet" />
            {name}
          </PaletteItem>
        ))}
        {foundServices.map((service) => (
          <PaletteItem key={service.id} value={service.id} onSelect={() => go(`/services/${service.slug}`)}>
            <Boxes aria-hidden className="size-4 text-quiet" />
            <span className="min-w-0 grow truncate">
              <HostileText text={service.name} maxLength={64} />
            </span>
            <ServiceModeBadge service={service} />
          </PaletteItem>
        ))}
        {isId && (
          <PaletteItem value={wanted} onSelect={() => go(`/machines/${wanted}`)}>
            <Server aria-hidden className="size-4 text-quiet" />
            Machine <code className="text-xs">{wanted}</code>
          </PaletteItem>
        )}
        {found.map((machine) => (
          <PaletteItem key={machine.id} value={machine.id} onSelect={() => go(`/machines/${machine.id}`)}>
            <Server aria-hidden className="size-4 text-quiet" />
            <span className="min-w-0 grow truncate">
              <HostileText text={machine.name} maxLength={64} />
            </span>
            <MachineStateBadge state={machine.state} />
          </PaletteItem>
        ))}
        {!isId && pages.length === 0 && found.length === 0 && foundServices.length === 0 && (
          <p role="status" className="px-2 py-6 text-center text-quiet">
            {machines.isFetching ? 'Looking …' : 'No page, no service and no machine is called like this.'}
          </p>
        )}
      </Command.List>
    </Command>
  )
}

function isNamed({ slug, name }: Service, wanted: string): boolean {
  return `${slug}\n${name}`.toLowerCase().includes(wanted.toLowerCase())
}

interface PaletteItemProps {
  readonly value: string
  readonly onSelect: () => void
  readonly children: ReactNode
}

function PaletteItem({ value, onSelect, children }: PaletteItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex min-h-8 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-hover"
    >
      {children}
    </Command.Item>
  )
}
