import type { Overview } from '@/lib/contract/overview'
import type { Stage } from '../open-stage'

/** What the addresses of views need of the demo that runs. */
export interface PictureFacts {
  readonly machine: string
  readonly suspended: string
  readonly revoked: string
  readonly quarantined: string
  /** A decision that has much to show. */
  readonly denial: string
  readonly service: string
  readonly auditEvent: string
  readonly setUpPath: string
  readonly invitationPath: string
  readonly resetPath: string
}

/** What has to have happened before pictures are taken. */
const wantedCodes = [
  'credential_missing',
  'credential_replayed',
  'digest_mismatch',
  'signature_invalid',
  'authority_unknown',
  'machine_quarantined',
]

/** Whether the demo has something to show on every page. */
export function hasEnoughToShow(overview: Overview, minutes: number): boolean {
  const busy = overview.minutes.filter(({ allowed }) => allowed > 0).length
  const codes = new Set(overview.denialReasons.map(({ code }) => code))
  const { quarantined, revoked } = overview.machinesByState
  return busy > minutes && wantedCodes.every((code) => codes.has(code)) && (quarantined ?? 0) > 0 && (revoked ?? 0) > 0
}

/** Looks up what the views name. `setUpPath` is that of a deployment which nobody has set up. */
export async function readPictureFacts(stage: Stage, setUpPath: string): Promise<PictureFacts> {
  const { asAdministrator: api } = stage.people
  const first = async (target: string) => {
    const [item] = (await api<{ items: { id: string }[] }>('GET', target)).items
    if (!item) throw new Error(`The demo has nothing under ${target}.`)
    return item.id
  }
  const invited = await api<{ invitation: { url: string } }>('POST', '/operators', {
    ...{ email: 'noor@meridian.example', name: 'Noor Haddad', role: 'operator' },
  })
  const people = await api<{ items: { id: string; email: string }[] }>('GET', '/operators')
  const auditor = people.items.find(({ email }) => email.startsWith('tomas'))
  const reset = await api<{ url: string }>('POST', `/operators/${auditor?.id ?? ''}/reset`, {})
  return {
    machine: stage.machines.get('checkout-6c9f7b5d84-vw7tq').id,
    suspended: stage.machines.get('reporting-nightly-dev').id,
    revoked: await first('/machines?state=revoked&limit=1'),
    quarantined: await first('/machines?state=quarantined&limit=1'),
    denial: await first('/decisions?code=credential_replayed&limit=1'),
    service: (await api<{ id: string }>('GET', '/services/orders')).id,
    auditEvent: await first('/audit-events?action=machine.quarantine&limit=1'),
    setUpPath,
    invitationPath: new URL(invited.invitation.url).pathname,
    resetPath: new URL(reset.url).pathname,
  }
}
