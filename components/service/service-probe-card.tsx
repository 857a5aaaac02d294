'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Radar } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { useWhyNot } from '@/components/common/viewer'
import { Card } from '@/components/ui/card'
import { Facts } from '@/components/ui/facts'
import { formatDuration } from '@/components/ui/format-time'
import { Field } from '@/components/ui/field'
import { Notice, type NoticeProps } from '@/components/ui/notice'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { Select } from '@/components/ui/select'
import { callApi } from '@/lib/client/call-api'
import { decisionsKey } from '@/lib/client/queries/decision-queries'
import type { ServiceProbe } from '@/lib/contract/service-probes'
import type { Service } from '@/lib/contract/services'
import type { ProbeOutcome } from '@/lib/domain/service/probe-finding'

const tones: Readonly<Record<ProbeOutcome, NonNullable<NoticeProps['tone']>>> = {
  protected: 'good',
  observed: 'warn',
  open: 'bad',
  misconfigured: 'warn',
  unreachable: 'warn',
}

const schemes = ['https', 'http'] as const

/** Asks the service's own address without a countersign, and says what became of it. */
export function ServiceProbeCard({ service }: { readonly service: Service }) {
  const queryClient = useQueryClient()
  const [authority, setAuthority] = useState('')
  const [scheme, setScheme] = useState<ServiceProbe['scheme'] | null>(null)
  const chosen = service.authorities.find((entry) => entry.authority === authority)?.authority
  const probe = useMutation({
    mutationFn: () =>
      callApi('probeService', {
        params: { service: service.slug },
        body: { ...(chosen !== undefined && { authority: chosen }), ...(scheme !== null && { scheme }) },
      }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: decisionsKey }),
  })
  const forbidden = useWhyNot('services.probe')
  const whyNot = forbidden ?? whyNotProbed(service)
  return (
    <Card
      title="Is it protected?"
      description="Sends one GET without a countersign to the service, and looks whether a gateway asked about it."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (whyNot === undefined && !probe.isPending) probe.mutate()
        }}
      >
        <div className="flex flex-wrap items-end gap-2">
          {service.authorities.length > 1 && (
            <Field label="Authority" className="min-w-40 grow">
              <Select value={authority} onChange={(event) => setAuthority(event.target.value)}>
                {service.authorities.map((entry) => (
                  <option key={entry.authority + entry.pathPrefix} value={entry.authority}>
                    {entry.authority}
                  </option>
                ))}
              </Select>
            </Field>
          )}
          <Field label="By" className="w-36">
            <Select
              value={scheme ?? ''}
              onChange={(event) => setScheme(schemes.find((each) => each === event.target.value) ?? null)}
            >
              <option value="">Automatic</option>
              {schemes.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </Select>
          </Field>
          <ReasonedButton type="submit" disabledBecause={whyNot} isBusy={probe.isPending}>
            {!probe.isPending && <Radar aria-hidden />}
            {probe.isPending ? 'Probing, up to nine seconds' : 'Probe'}
          </ReasonedButton>
        </div>
        {probe.error !== null && (
          <Notice tone="bad" title="The probe was not sent">
            <ProblemText error={probe.error} />
          </Notice>
        )}
        {probe.data !== undefined && !probe.isPending && <Finding probe={probe.data} />}
      </form>
    </Card>
  )
}

function whyNotProbed({ state, authorities }: Service): string | undefined {
  if (state === 'retired') return 'The service is retired: every request to it is denied.'
  return authorities.length === 0 ? 'The service has no authority that could be probed.' : undefined
}

function Finding({ probe }: { readonly probe: ServiceProbe }) {
  const { status, gateway, decisionId } = probe
  return (
    <>
      <Notice tone={tones[probe.outcome]} title={probe.title}>
        {probe.advice}
      </Notice>
      <Facts
        facts={[
          {
            name: 'Asked',
            value: <code className="text-xs">{`${probe.scheme}://${probe.authority}${probe.path}`}</code>,
          },
          {
            name: 'Answer',
            value: `${status === null ? 'None' : `Status ${status}`}, after ${formatDuration(probe.tookMs)}`,
          },
          ...(gateway === null ? [] : [{ name: 'Gateway', value: <HostileText text={gateway.name} maxLength={64} /> }]),
          ...(decisionId === null
            ? []
            : [
                {
                  name: 'Record',
                  value: (
                    <Link
                      href={`/credential-use?decision=${decisionId}`}
                      className="rounded-sm text-accent hover:underline"
                    >
                      Open the decision
                    </Link>
                  ),
                },
              ]),
        ]}
      />
    </>
  )
}
