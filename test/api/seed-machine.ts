import { randomBytes } from 'node:crypto'
import type { MachineState } from '@/lib/domain/machine/machine-state'
import { formatId } from '@/lib/domain/ids'
import type { Dependencies } from '@/lib/server/dependencies'
import { newUuid } from '@/lib/server/new-uuid'
import { recordRows } from '../database/support/record-rows'

export interface SeededMachine {
  readonly id: string
  readonly uuid: string
  readonly name: string
}

export interface MachineSeed {
  readonly name?: string
  readonly state?: MachineState
  readonly labels?: Record<string, string>
  readonly expiresAt?: Date
  readonly reported?: Record<string, string>
}

/** A machine as enrolment leaves it, without the keys that only enrolment can make. */
export async function seedMachine(deps: Dependencies, seed: MachineSeed = {}): Promise<SeededMachine> {
  const uuid = newUuid()
  const name = seed.name ?? `machine-${randomBytes(3).toString('hex')}`
  const now = Date.now()
  const expiresAt = seed.expiresAt ?? new Date(now + 86_400_000)
  await deps.prisma.machine.create({
    data: {
      id: uuid,
      name,
      state: seed.state ?? 'active',
      generation: 1,
      requestAlgorithm: 'hmac-sha256',
      labels: seed.labels ?? {},
      reported: seed.reported ?? {},
      lifetimeSeconds: 86_400,
      expiresAt,
    },
  })
  const generator = await deps.keys.currentGenerator()
  await deps.prisma.generation.create({
    data: {
      machineId: uuid,
      generation: 1,
      day: new Date(new Date(now).toISOString().slice(0, 10)),
      signingJwk: {},
      signingThumbprint: randomBytes(32).toString('base64url'),
      agreementJwk: {},
      agreementThumbprint: randomBytes(32).toString('base64url'),
      generatorKid: generator.kid,
      expiresAt,
    },
  })
  return { id: formatId('mach', uuid), uuid, name }
}

/** Runs the decision statement itself for one fresh use of this machine; true when it is an allow. */
export async function decideOnce(
  deps: Dependencies,
  machine: SeededMachine,
  service: { readonly uuid: string },
  options: { readonly seq?: number; readonly path?: string } = {},
): Promise<boolean> {
  const [row] = await deps.prisma.machine.findMany({ where: { id: machine.uuid } })
  const [serviceRow] = await deps.prisma.service.findMany({ where: { id: service.uuid } })
  if (!row || !serviceRow) throw new Error('The seed is missing.')
  const seconds = Math.floor(Date.now() / 1000)
  const use = {
    day: row.generationStartedAt.toISOString().slice(0, 10),
    machine: row.id,
    mv: Number(row.version),
    gen: row.generation,
    use: options.seq === undefined ? `n${randomBytes(12).toString('hex')}` : `s${options.seq}`,
    id: newUuid(),
    service: serviceRow.id,
    sv: Number(serviceRow.version),
    gateway: null,
    created: seconds,
    expires: seconds + 60,
    base: randomBytes(32),
    alg: 'hmac-sha256',
    method: 'GET',
    authority: 'orders.example',
    path: options.path ?? '/v1/orders',
    names: [],
    query: null,
    content: 'none',
    source: '192.0.2.1',
  }
  const client = await deps.pool.connect()
  try {
    return (await recordRows(client, [use])).has(use.id)
  } finally {
    client.release()
  }
}
