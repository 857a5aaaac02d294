'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useWhyNot } from '@/components/common/viewer'
import { Card } from '@/components/ui/card'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { callApi } from '@/lib/client/call-api'
import { servicesKey } from '@/lib/client/queries/service-queries'
import { describeServiceChange } from '@/lib/client/service-consequences'
import type { Service } from '@/lib/contract/services'
import { ConsequenceList } from './consequence-list'

/** Takes a service out of use, or brings it back. Its records stay either way. */
export function RetireService({ service }: { readonly service: Service }) {
  const queryClient = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  const isRetired = service.state === 'retired'
  const to = isRetired ? 'active' : 'retired'
  const verb = isRetired ? 'Bring back' : 'Retire'
  const change = useMutation({
    mutationFn: () =>
      callApi('updateService', { params: { service: service.slug }, body: { state: to, ifVersion: service.version } }),
    onSuccess: async () => {
      setAsked(false)
      await queryClient.invalidateQueries({ queryKey: servicesKey })
    },
  })
  return (
    <Card
      title={isRetired ? 'Bring the service back' : 'Retire the service'}
      description={
        isRetired
          ? 'Requests to it are decided again.'
          : 'A retired service denies every request. Its slug is never given to another one.'
      }
      action={
        <ReasonedButton
          size="sm"
          look={isRetired ? 'secondary' : 'danger'}
          disabledBecause={useWhyNot('services.write')}
          onClick={() => {
            change.reset()
            setAsked(true)
          }}
        >
          {verb}
        </ReasonedButton>
      }
    >
      <p className="text-quiet">
        {isRetired
          ? 'It was taken out of use; every request to it is denied.'
          : 'It stays in the list, and can be brought back.'}
      </p>
      {isAsked && (
        <ConfirmDialog
          isOpen
          onOpenChange={setAsked}
          title={`${verb} ${service.slug}?`}
          consequence={<ConsequenceList consequences={describeServiceChange(service, { state: to })} />}
          verb={`${verb} service`}
          tone={isRetired ? 'primary' : 'danger'}
          reason="none"
          isBusy={change.isPending}
          problem={change.error && <ProblemText error={change.error} />}
          onConfirm={() => change.mutate()}
        />
      )}
    </Card>
  )
}
