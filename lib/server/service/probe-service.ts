import { setTimeout as wait } from 'node:timers/promises'
import type { OperationInput } from '@/lib/contract/operation'
import type { probeService as operation, ServiceProbe } from '@/lib/contract/service-probes'
import { isLoopbackAuthority } from '@/lib/domain/gateway/configuration/authority-parts'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome, type Refusal } from '@/lib/domain/refusal'
import type { ServiceAuthority } from '@/lib/domain/service/find-authority-overlap'
import { judgeProbe, probeFindings } from '@/lib/domain/service/probe-finding'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { makeProbePath } from '../verification/probe-path'
import { serviceNotFound } from './get-service'
import { countProbes, findProbeRecord, type ProbeRecordRow } from './probe-store'
import { sendProbe, type ProbeTarget } from './send-probe'
import { findService, type ServiceRow } from './service-store'

type Input = OperationInput<typeof operation>['body']

const probesAMinute = 12
/** Nodes write denials once a second; the rest is for a busy database. */
const recordWithinMs = 3_500
const lookEveryMs = 150
/** Records carry the clock of the node that was asked. */
const clockSkewMs = 300_000

/**
 * Sends one request without a credential to the service's own address and tells what became of it (docs/adr/0009).
 * Audited before it is sent; what comes back is a status and our own finding.
 */
export async function probeService(
  deps: Dependencies,
  context: CallContext,
  reference: string,
  input: Input,
): Promise<Outcome<ServiceProbe>> {
  const service = await findService(deps.prisma, reference)
  if (service === null) return serviceNotFound(reference)
  if (service.state === 'retired') return refuse('conflict', 'The service is retired: every request to it is denied.')
  const chosen = chooseAuthority(service, input)
  if (chosen.outcome === 'refused') return chosen
  const { authority, pathPrefix } = chosen.authority
  const at = deps.now()
  const target: ProbeTarget = {
    scheme: input.scheme ?? defaultScheme(authority),
    authority,
    path: makeProbePath(pathPrefix, deps.masterKey.deriveKey('probe'), at.getTime()),
  }
  const begun = await begin(deps, context, service, target, at)
  if (begun !== null) return begun

  const startedMs = performance.now()
  const answer = await sendProbe(target)
  const tookMs = performance.now() - startedMs
  // Where no connection was made nobody can have asked.
  const mayHaveAsked =
    answer.outcome === 'answered' || answer.failure === 'timed_out' || answer.failure === 'connection_lost'
  const record = mayHaveAsked ? await waitForRecord(deps, target.path, at) : null
  const isOfThisService = record?.serviceId === service.id
  const finding = judgeProbe(answer, record && { outcome: record.outcome, code: record.code, isOfThisService })
  const { outcome, title, advice } = probeFindings[finding]
  return done({
    ...{ at: at.toISOString(), outcome, finding, title, advice, ...target },
    status: answer.outcome === 'answered' ? answer.status : null,
    tookMs: Math.round(tookMs * 10) / 10,
    gateway: gatewayOf(record),
    decisionId: record && formatId('dec', record.id),
    code: record?.code ?? null,
  })
}

function chooseAuthority(
  service: ServiceRow,
  { authority }: Input,
): { readonly outcome: 'chosen'; readonly authority: ServiceAuthority } | Refusal {
  const [first] = service.authorities
  if (first === undefined) return refuse('conflict', 'The service has no authority that could be probed.')
  const found = authority === undefined ? first : service.authorities.find((entry) => entry.authority === authority)
  if (found !== undefined) return { outcome: 'chosen', authority: found }
  const message = 'is none of the service’s authorities'
  return refuse('request_malformed', `body.authority: ${message}`, [{ path: 'body.authority', message }])
}

function defaultScheme(authority: string): ProbeTarget['scheme'] {
  return isLoopbackAuthority(authority) ? 'http' : 'https'
}

/** Counts and audits in one transaction, so that no probe goes out uncounted. Null when it may go. */
async function begin(
  deps: Dependencies,
  context: CallContext,
  service: ServiceRow,
  target: ProbeTarget,
  at: Date,
): Promise<Refusal | null> {
  const { scheme, authority, path } = target
  return runChange(deps, [], async (tx) => {
    if ((await countProbes(tx, new Date(at.getTime() - 60_000))) >= probesAMinute) {
      const refusal = refuse('too_many_requests', `At most ${probesAMinute} probes are sent in a minute.`)
      return { ...refusal, retryAfterSeconds: 60 }
    }
    await insertAuditEvent(tx, {
      action: 'service.probe',
      ...originOf(context),
      target: { id: formatId('svc', service.id), name: service.slug },
      detail: { scheme, authority, path },
      at,
    })
    return null
  })
}

async function waitForRecord(deps: Dependencies, path: string, at: Date): Promise<ProbeRecordRow | null> {
  const since = new Date(at.getTime() - clockSkewMs)
  const endMs = performance.now() + recordWithinMs
  for (;;) {
    const record = await findProbeRecord(deps.prisma, path, since)
    if (record !== null || performance.now() >= endMs) return record
    await wait(lookEveryMs)
  }
}

function gatewayOf(record: ProbeRecordRow | null): ServiceProbe['gateway'] {
  if (record === null || record.gatewayId === null || record.gatewayName === null) return null
  return { id: formatId('gw', record.gatewayId), name: record.gatewayName }
}
