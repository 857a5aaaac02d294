'use client'

import { useQueryClient } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { useApiForm } from '@/components/form/use-api-form'
import { Button } from '@/components/ui/button'
import { Dialog, DialogFooter } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Textarea } from '@/components/ui/textarea'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { gatewaysKey } from '@/lib/client/queries/gateway-queries'
import { servicesKey } from '@/lib/client/queries/service-queries'
import { addGatewayCertificate, type Gateway } from '@/lib/contract/gateways'

export interface PinCertificateDialogProps {
  readonly gateway: Gateway
  readonly onClose: () => void
}

/** Takes the TLS client certificate that a gateway shows instead of a key. It is public; its key stays on the gateway. */
export function PinCertificateDialog(props: PinCertificateDialogProps) {
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) props.onClose()
      }}
      title={
        <>
          Certificate of <HostileText text={props.gateway.name} maxLength={64} />
        </>
      }
      description="The gateway proves itself by it when it connects. Who signed it does not matter: its fingerprint is pinned."
    >
      <CertificateForm {...props} />
    </Dialog>
  )
}

function CertificateForm({ gateway, onClose }: PinCertificateDialogProps) {
  const queryClient = useQueryClient()
  const toast = useToast()
  const { form, formProps, isBusy, errorOf, problem } = useApiForm({
    schema: addGatewayCertificate.body,
    defaultValues: { certificate: '' },
    toBody: ({ certificate }) => ({ certificate: certificate.trim() }),
    send: async (body) => {
      await callApi('addGatewayCertificate', { params: { gateway: gateway.id }, body })
      toast({ title: 'Certificate pinned', description: 'The gateway can ask with it now, on every node.' })
      await Promise.all(
        [gatewaysKey, servicesKey, ['overview']].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
      )
      onClose()
    },
  })
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <Field
        label="Certificate"
        isRequired
        error={errorOf('certificate')}
        hint="One certificate in PEM; never its key."
      >
        <Textarea
          rows={8}
          spellCheck={false}
          autoComplete="off"
          autoFocus
          placeholder="-----BEGIN CERTIFICATE-----"
          className="font-mono sm:text-xs"
          {...form.register('certificate')}
        />
      </Field>
      {problem !== null && (
        <Notice tone="bad">
          <ProblemText error={problem} />
        </Notice>
      )}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          Pin certificate
        </Button>
      </DialogFooter>
    </form>
  )
}
