import { TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { HostileText } from '@/components/common/hostile-text'
import { LabelList } from '@/components/common/label-list'
import type { Column } from '@/components/table/data-table'
import { Instant } from '@/components/ui/instant'
import type { Service } from '@/lib/contract/services'
import { AuthorityList } from './authority-list'
import { bodyBindingNames } from './body-binding-names'
import { ServiceModeBadge } from './service-mode-badge'

export function serviceColumns(): Column<Service>[] {
  return [
    {
      id: 'name',
      header: 'Service',
      className: 'min-w-36 max-w-56',
      cell: (service) => (
        <span className="flex flex-col items-start leading-4">
          <Link
            href={`/services/${service.slug}`}
            prefetch={false}
            data-row-link
            className="max-w-full rounded-sm font-medium hover:underline"
          >
            <HostileText text={service.name} maxLength={64} isOneLine />
          </Link>
          {service.name !== service.slug && (
            <code className="max-w-full truncate text-xs text-quiet">{service.slug}</code>
          )}
        </span>
      ),
    },
    { id: 'mode', header: 'Mode', cell: (service) => <ServiceModeBadge service={service} /> },
    {
      id: 'authorities',
      header: 'Authorities',
      className: 'min-w-44 max-w-72',
      cell: (service) => <AuthorityList authorities={service.authorities} max={1} isOneLine />,
    },
    {
      id: 'gateways',
      header: 'Gateways',
      className: 'min-w-32 max-w-52',
      cell: ({ gateways }) =>
        gateways.length === 0 ? (
          <span className="inline-flex items-center gap-1 whitespace-nowrap text-warn">
            <TriangleAlert aria-hidden className="size-3.5" />
            None yet
          </span>
        ) : (
          <span className="block truncate">
            {gateways
              .slice(0, 2)
              .map(({ name }) => name)
              .join(', ')}
            {gateways.length > 2 && <span className="text-quiet"> +{gateways.length - 2}</span>}
          </span>
        ),
    },
    {
      id: 'machines',
      header: 'Machines that may call',
      className: 'min-w-36 max-w-56',
      cell: ({ machineSelector }) =>
        Object.keys(machineSelector).length === 0 ? (
          <span className="text-quiet">All</span>
        ) : (
          <LabelList labels={machineSelector} max={1} isCompact />
        ),
    },
    {
      id: 'body',
      header: 'Body compared by',
      className: 'whitespace-nowrap',
      cell: ({ bodyBinding }) => bodyBindingNames[bodyBinding],
    },
    { id: 'createdAt', header: 'Created', cell: (service) => <Instant at={service.createdAt} /> },
  ]
}
