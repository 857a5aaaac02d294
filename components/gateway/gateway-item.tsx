'use client'

import { KeyRound, Trash2 } from 'lucide-react'
import { CreatedBy } from '@/components/common/created-by'
import { HostileText } from '@/components/common/hostile-text'
import { useWhyNot } from '@/components/common/viewer'
import { MachineLink } from '@/components/machine/machine-link'
import { Badge } from '@/components/ui/badge'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import type { Gateway } from '@/lib/contract/gateways'
import { canAddGatewayKey } from '@/lib/domain/gateway/gateway-can'
import { provesByCertificate } from '@/lib/domain/gateway/gateway-profile'
import { gatewayProfileNames } from './gateway-profile-names'
import { useRemoveGatewayKey } from './use-remove-gateway-key'

export interface GatewayItemProps {
  readonly gateway: Gateway
  /** Null: never, as far as records go back; undefined while it loads. */
  readonly lastAsked: string | null | undefined
  readonly onAddKey: () => void
}

/** One gateway: its dialect, when it last asked, and its keys. */
export function GatewayItem({ gateway, lastAsked, onAddKey }: GatewayItemProps) {
  const { remove, dialog } = useRemoveGatewayKey(gateway)
  const forbidden = useWhyNot('gateways.write')
  const can = canAddGatewayKey(gateway)
  const isByCertificate = provesByCertificate(gateway.profile)
  return (
    <li className="flex flex-col gap-2.5 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-medium">
            <HostileText text={gateway.name} maxLength={64} />
          </span>
          <Badge>{gatewayProfileNames[gateway.profile]}</Badge>
          <span className="text-quiet">
            <LastAsked at={lastAsked} />
          </span>
        </div>
        <ReasonedButton size="sm" disabledBecause={forbidden ?? (can.can ? undefined : can.why)} onClick={onAddKey}>
          <KeyRound aria-hidden />
          {isByCertificate ? 'Pin certificate' : 'Add key'}
        </ReasonedButton>
      </div>
      {gateway.services.length > 1 && (
        <p className="text-xs text-quiet">Asks about {gateway.services.map(({ slug }) => slug).join(', ')}.</p>
      )}
      {gateway.machine !== null ? (
        <p>
          Proves itself as the machine <MachineLink machine={gateway.machine} />.
        </p>
      ) : gateway.keys.length === 0 ? (
        <p className="text-warn">
          {isByCertificate ? 'It has no certificate' : 'It has no key'}, so it can ask nothing: add one.
        </p>
      ) : (
        <ul className="flex flex-col gap-1" aria-label={`Keys of ${gateway.name}`}>
          {gateway.keys.map((key) => (
            <li key={key.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-quiet">
              <Identifier value={key.id} what="key ID" />
              {key.fingerprint !== null && (
                <Identifier value={`sha256:${key.fingerprint}`} what="fingerprint of the certificate" />
              )}
              <span>
                made <Instant at={key.createdAt} /> by <CreatedBy text={key.createdBy} isInline />
                {key.expiresAt !== null && (
                  <>
                    , valid until <Instant at={key.expiresAt} />
                  </>
                )}
              </span>
              <ReasonedButton size="sm" look="quiet" disabledBecause={forbidden} onClick={() => remove(key.id)}>
                <Trash2 aria-hidden />
                Remove
                <span className="sr-only"> key {key.id}</span>
              </ReasonedButton>
            </li>
          ))}
        </ul>
      )}
      {dialog}
    </li>
  )
}

function LastAsked({ at }: { readonly at: string | null | undefined }) {
  if (at === undefined) return '…'
  if (at === null) return 'has not asked yet'
  return (
    <>
      asked <Instant at={at} />
    </>
  )
}
