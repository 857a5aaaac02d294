import { z } from 'zod'
import { machineStates } from '@/lib/domain/machine/machine-state'
import { instant } from './common'
import { decision } from './decisions'
import { gatewayId } from './gateways'
import { machineId } from './machines'
import { defineOperation } from './operation'
import { serviceReference } from './services'

/** How far back the overview looks. */
export const overviewMinutes = 60
export const shownDenials = 8
export const shownReasons = 8
/** Machines that one call asks the activity of: a page of them. */
export const maxActivityMachines = 50
/** Gateways of one service that one call tells about. */
export const maxActivityGateways = 1_000

const count = z.int().min(0)

const minute = z.object({
  at: instant.meta({ description: 'Its beginning.' }),
  allowed: count,
  denied: count,
  observed: count,
})

export const overview = z
  .object({
    at: instant,
    machinesByState: z.record(z.enum(machineStates), count),
    minutes: z
      .array(minute)
      .length(overviewMinutes)
      .meta({ description: `The last ${overviewMinutes} minutes, oldest first; the last one is not over.` }),
    denialReasons: z
      .array(z.object({ code: z.string().max(64), count }))
      .max(shownReasons)
      .meta({ description: 'Of these minutes, most frequent first.' }),
    latestDenials: z.array(decision).max(shownDenials),
    setUp: z
      .object({
        hasService: z.boolean(),
        hasGateway: z.boolean(),
        hasJoinToken: z.boolean(),
        hasMachine: z.boolean(),
        hasDecision: z.boolean(),
      })
      .meta({ description: 'What has ever been there, for what to do next.' }),
  })
  .meta({ id: 'Overview' })

export type Overview = z.output<typeof overview>

export const getOverview = defineOperation({
  operationId: 'getOverview',
  method: 'GET',
  path: '/overview',
  permission: 'decisions.read',
  summary: 'Get machines by state, decisions per minute, and the latest denials',
  response: { status: 200, description: 'The overview.', schema: overview },
  errors: [],
})

export const machineActivity = z
  .object({
    machine: machineId,
    lastAllowedAt: instant.nullable().meta({ description: 'Of the last allow on record.' }),
    allowedLastHour: count,
    deniedLastHour: count,
  })
  .meta({ id: 'MachineActivity' })

export type MachineActivity = z.output<typeof machineActivity>

export const listMachineActivity = defineOperation({
  operationId: 'listMachineActivity',
  method: 'GET',
  path: '/machine-activity',
  permission: 'decisions.read',
  summary: 'List when machines were last allowed, and how often in the last hour',
  query: z.strictObject({
    machine: z.union([machineId.transform((id) => [id]), z.array(machineId).max(maxActivityMachines)]).meta({
      description: `Ids of machines, at most ${maxActivityMachines}.`,
      override: {
        anyOf: undefined,
        type: 'array',
        maxItems: maxActivityMachines,
        items: { type: 'string', maxLength: 32 },
      },
    }),
  }),
  response: {
    status: 200,
    description: 'One entry for each machine that was asked for.',
    schema: z.object({ items: z.array(machineActivity).max(maxActivityMachines) }).meta({ id: 'MachineActivityList' }),
  },
  errors: [],
})

export const listGatewayActivity = defineOperation({
  operationId: 'listGatewayActivity',
  method: 'GET',
  path: '/gateway-activity',
  permission: 'decisions.read',
  summary: 'List when the gateways of a service last asked about it',
  query: z.strictObject({ service: serviceReference }),
  response: {
    status: 200,
    description: 'One entry for each gateway of the service.',
    schema: z
      .object({
        items: z
          .array(
            z.object({
              gateway: gatewayId,
              lastAskedAt: instant
                .nullable()
                .meta({ description: 'Of the newest decision on record, allowed or not.' }),
            }),
          )
          .max(maxActivityGateways),
      })
      .meta({ id: 'GatewayActivityList' }),
  },
  errors: ['not_found'],
})
