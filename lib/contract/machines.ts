import { z } from 'zod'
import { labelKeyPattern, labelValuePattern } from '@/lib/domain/label/labels'
import { machineStates } from '@/lib/domain/machine/machine-state'
import { idOf, instant, labels, pageOf, pageQuery, reason } from './common'
import { defineOperation } from './operation'

export const machineId = idOf('mach', 'a machine')

export const machine = z
  .object({
    id: machineId,
    spiffeId: z
      .string()
      .max(512)
      .meta({ example: 'spiffe://countersign.local/machine/mach_01k3tt0z0ye00800014d2pf2db' }),
    name: z.string().max(256).meta({ description: 'As the machine gave it; not unique, never selected by.' }),
    state: z.enum(machineStates),
    stateReason: z.string().max(1024).nullable(),
    stateChangedAt: instant,
    generation: z.int(),
    generationStartedAt: instant,
    requestAlgorithm: z.enum(['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256']),
    labels: z.record(z.string().max(63), z.string().max(255)),
    reported: z
      .record(z.string().max(256), z.string().max(1024))
      .meta({ description: 'What the machine says of itself: shown, never selected by.' }),
    lifetimeSeconds: z.int(),
    expiresAt: instant,
    enrolledAt: instant,
    enrolledFrom: z.string().max(256).nullable(),
    joinTokenId: idOf('join', 'a join token').nullable(),
    version: z.int(),
  })
  .meta({ id: 'Machine' })

export type Machine = z.output<typeof machine>

const generation = z.object({
  generation: z.int(),
  createdAt: instant,
  expiresAt: instant,
  supersededAt: instant.nullable(),
  signingThumbprint: z.string().max(64),
  agreementThumbprint: z.string().max(64),
  generatorKid: z.string().max(64),
  lastSeq: z.int().nullable(),
})

/** Generations change hourly; the newest are enough to see what happened. */
export const shownGenerations = 50

export const machineDetail = z
  .object({
    ...machine.shape,
    generations: z
      .array(generation)
      .max(shownGenerations)
      .meta({ description: `The newest ${shownGenerations}, newest first.` }),
  })
  .meta({ id: 'MachineDetail' })

export type MachineDetail = z.output<typeof machineDetail>

const change = z
  .object({
    machine,
    inForceAfterMs: z
      .number()
      .meta({ description: 'How long the change took until it held on every node, in milliseconds.' }),
    lastAllowedAt: instant.nullable().meta({ description: 'Instant of the last allow on record.' }),
  })
  .meta({ id: 'MachineChange' })

export type MachineChange = z.output<typeof change>

const machineParams = z.strictObject({ machine: machineId })
const changed = {
  status: 200,
  description: 'In force on every node. The machine as it is now.',
  schema: change,
} as const
const withReason = z.strictObject({ reason })
const withOptionalReason = z.strictObject({ reason: reason.optional() })

/** `key=value`, cut at the first equals sign. */
const labelTerm = z
  .string()
  .max(320)
  .transform((text, context) => {
    const cut = text.indexOf('=')
    const term = { key: text.slice(0, Math.max(0, cut)), value: text.slice(cut + 1) }
    if (labelKeyPattern.test(term.key) && labelValuePattern.test(term.value)) return term
    context.addIssue({ code: 'custom', message: 'takes key=value' })
    return z.NEVER
  })

/** Orders of the list; a minus is the reverse. */
export const machineSorts = ['-enrolledAt', 'enrolledAt', 'name', '-name'] as const

export type MachineSort = (typeof machineSorts)[number]

export const listMachines = defineOperation({
  operationId: 'listMachines',
  method: 'GET',
  path: '/machines',
  permission: 'machines.read',
  summary: 'List machines, newest first unless sorted otherwise',
  query: z.strictObject({
    ...pageQuery,
    sort: z.enum(machineSorts).default('-enrolledAt').meta({ description: 'Names sort by their bytes.' }),
    state: z.enum(machineStates).optional(),
    name: z.string().min(1).max(256).optional().meta({ description: 'Exactly this name.' }),
    namePrefix: z.string().min(1).max(256).optional(),
    label: z
      .union([labelTerm.transform((term) => [term]), z.array(labelTerm).max(8)])
      .optional()
      .meta({
        description: 'key=value; given several times, all must hold.',
        override: { anyOf: undefined, type: 'array', maxItems: 8, items: { type: 'string', maxLength: 320 } },
      }),
  }),
  response: { status: 200, description: 'A page of machines.', schema: pageOf(machine, 'MachinePage') },
  errors: [],
})

export const getMachine = defineOperation({
  operationId: 'getMachine',
  method: 'GET',
  path: '/machines/{machine}',
  permission: 'machines.read',
  summary: 'Get a machine with its generations',
  params: machineParams,
  response: { status: 200, description: 'The machine.', schema: machineDetail },
  errors: [],
})

export const suspendMachine = defineOperation({
  operationId: 'suspendMachine',
  method: 'POST',
  path: '/machines/{machine}/suspend',
  permission: 'machines.suspend',
  summary: 'Suspend a machine',
  description: 'It may renew, and is allowed nothing, until it is reinstated.',
  params: machineParams,
  body: withOptionalReason,
  response: changed,
  errors: ['conflict'],
})

export const reinstateMachine = defineOperation({
  operationId: 'reinstateMachine',
  method: 'POST',
  path: '/machines/{machine}/reinstate',
  permission: 'machines.suspend',
  summary: 'Reinstate a suspended machine',
  params: machineParams,
  body: withOptionalReason,
  response: changed,
  errors: ['conflict'],
})

export const releaseMachine = defineOperation({
  operationId: 'releaseMachine',
  method: 'POST',
  path: '/machines/{machine}/release',
  permission: 'machines.release',
  summary: 'Release a machine from quarantine',
  description: 'Only after looking at both sides: somebody used a copy of this machine.',
  params: machineParams,
  body: withReason,
  response: changed,
  errors: ['conflict'],
})

export const revokeMachine = defineOperation({
  operationId: 'revokeMachine',
  method: 'POST',
  path: '/machines/{machine}/revoke',
  permission: 'machines.revoke',
  summary: 'Revoke a machine, finally',
  description: 'When the call has returned, no node decides an allow for it, and none is recorded after it.',
  params: machineParams,
  body: withReason,
  response: changed,
  errors: ['conflict'],
})

export const setMachineLabels = defineOperation({
  operationId: 'setMachineLabels',
  method: 'PUT',
  path: '/machines/{machine}/labels',
  permission: 'machines.label',
  summary: 'Replace the labels of a machine',
  params: machineParams,
  body: z.strictObject({ labels }),
  response: changed,
  errors: ['conflict'],
})
