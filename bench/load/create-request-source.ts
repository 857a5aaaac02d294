import { randomBytes } from 'node:crypto'
import type { LiveGeneration } from '@/agent/machine/live-generation'
import { formatSequenceNonce, signRequestCredential, type HttpField } from '@/lib/protocol'
import { enrollLoadMachine } from './enroll-load-machine'
import type { CredentialPlan, RequestPlan } from './load-messages'

/** Gives requests as the bytes that go over the wire, each with a credential of its own where the plan asks for one. */
export interface RequestSource {
  /** Signs so many ahead, so that signing takes nothing from the server during the measurement. */
  prepare(count: number): void
  next(): Buffer
  /** How many `next` had to sign itself since the last `prepare`. */
  signedLate(): number
}

/** What a client of the service asks for: a typical API call, with its first factor and a query. */
const method = 'GET'
const target = '/orders/4711?expand=items&limit=20'
const clientFields: readonly HttpField[] = [
  ['Accept', 'application/json'],
  ['User-Agent', 'orders-client/2.4'],
  ['Authorization', 'Bearer 8d1f0a4c6f5b4e0c9a37d2b1c4e5f60718293a4b'],
]
const coveredFields = ['authorization', 'x-api-key', 'cookie']
const lifetimeSeconds = 60

export async function createRequestSource(plan: RequestPlan): Promise<RequestSource> {
  if (plan.kind === 'same') {
    const bytes = Buffer.from(plan.request, 'latin1')
    return { prepare: () => undefined, next: () => bytes, signedLate: () => 0 }
  }
  const sign = await createSigner(plan)
  const format = plan.kind === 'verify' ? formatVerifyCall : formatNginxCall
  let ready: Buffer[] = []
  let taken = 0
  let late = 0
  const make = () => Buffer.from(format(plan, sign()), 'latin1')
  return {
    prepare(count) {
      ready = Array.from({ length: count }, make)
      taken = 0
      late = 0
    },
    next() {
      const prepared = ready[taken++]
      if (prepared) return prepared
      late++
      return make()
    },
    signedLate: () => late,
  }
}

/** Machines take turns, each with its own sequence of numbers. */
async function createSigner(plan: CredentialPlan): Promise<() => HttpField[]> {
  const machines: { live: LiveGeneration; seq: number }[] = []
  for (let i = 1; i <= plan.machines; i++) {
    machines.push({ live: await enrollLoadMachine(plan.serverUrl, plan.joinToken, `load-${i}`), seq: 0 })
  }
  let turn = 0
  return () => {
    const machine = machines[turn++ % machines.length]
    if (!machine) throw new Error('No machine was enrolled.')
    const created = Math.floor(Date.now() / 1000)
    const signed = signRequestCredential({
      method,
      target,
      authority: plan.authority,
      scheme: 'http',
      headers: clientFields,
      coveredFields,
      created,
      expires: created + lifetimeSeconds,
      nonce: formatSequenceNonce(++machine.seq, randomBytes(16)),
      keyid: machine.live.keyid,
      key: machine.live.keyFor(created),
    })
    if (signed.outcome === 'refused') throw new Error(signed.detail)
    return signed.headers
  }
}

/** As a library inside the service asks: the request as JSON. */
function formatVerifyCall(plan: CredentialPlan, credential: readonly HttpField[]): string {
  const body = JSON.stringify({
    service: plan.service,
    method,
    target,
    authority: plan.authority,
    headers: [['Host', plan.authority], ...clientFields, ...credential],
    sourceAddress: '192.0.2.7',
  })
  return (
    `POST /api/v1/verify HTTP/1.1\r\nHost: ${hostOf(plan)}\r\nContent-Type: application/json\r\n` +
    `${linesOf(gatewayKeyOf(plan))}Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

/** As nginx asks by `auth_request` with the recipe of docs/gateways/nginx.md. */
function formatNginxCall(plan: CredentialPlan, credential: readonly HttpField[]): string {
  const fields: readonly HttpField[] = [
    ['Host', hostOf(plan)],
    ['X-Original-Method', method],
    ['X-Original-URI', target],
    ['X-Original-Host', plan.authority],
    ['X-Original-Address', '192.0.2.7'],
    ['X-Original-Content-Length', ''],
    ...gatewayKeyOf(plan),
    ...clientFields,
    ...credential,
  ]
  return `GET /api/v1/authz/nginx/${plan.service} HTTP/1.1\r\n${linesOf(fields)}\r\n`
}

function gatewayKeyOf({ gatewayKey }: CredentialPlan): HttpField[] {
  return gatewayKey === undefined ? [] : [['Countersign-Gateway-Key', gatewayKey]]
}

function linesOf(fields: readonly HttpField[]): string {
  return fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

function hostOf(plan: CredentialPlan): string {
  return plan.serverUrl.replace('http://', '')
}
