import { z } from 'zod'
import {
  gatewayKeyKinds,
  gatewayNamePattern,
  gatewayProfiles,
  maxGatewayKeys,
} from '@/lib/domain/gateway/gateway-profile'
import { createdBy, idOf, instant, pageOf, pageQuery, shownOnce } from './common'
import { defineOperation } from './operation'
import { serviceId, serviceReference, slug } from './services'

export const gatewayId = idOf('gw', 'a gateway')
export const gatewayKeyId = idOf('gwk', 'a gateway key')
const machineId = idOf('mach', 'a machine')

const gatewayName = z
  .string()
  .regex(gatewayNamePattern, 'a gateway’s name takes 1 to 63 of a-z, 0-9 and dash')
  .meta({ example: 'edge-nginx' })

const profile = z.enum(gatewayProfiles).meta({ description: 'The dialect that the gateway asks in.' })

const gatewayKey = z.object({
  id: gatewayKeyId,
  kind: z.enum(gatewayKeyKinds).meta({ description: 'A key that it sends, or a TLS client certificate.' }),
  /** Public; of a secret there is nothing to show. */
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .meta({ description: 'SHA-256 of the certificate, in hexadecimal.' }),
  expiresAt: instant.nullable().meta({ description: 'Until when the certificate is valid.' }),
  createdAt: instant,
  createdBy,
})

export const gateway = z
  .object({
    id: gatewayId,
    name: z.string().max(128),
    profile,
    services: z.array(z.object({ id: serviceId, slug })).max(100),
    machine: z.object({ id: machineId, name: z.string().max(256) }).nullable(),
    keys: z.array(gatewayKey).max(maxGatewayKeys),
    createdAt: instant,
  })
  .meta({ id: 'Gateway' })

export type Gateway = z.output<typeof gateway>

const gatewayParam = z.union([gatewayName, gatewayId]).meta({ description: 'Name or id of a gateway.' })
const gatewayParams = z.strictObject({ gateway: gatewayParam })

const services = z
  .array(slug)
  .max(100)
  .refine((slugs) => new Set(slugs).size === slugs.length, 'names a service twice')
  .meta({ description: 'Slugs of the services that it may ask about.' })

const boundMachine = machineId.meta({
  description: 'A gate or library that proves itself by the credential of this machine instead of a key.',
})

export const listGateways = defineOperation({
  operationId: 'listGateways',
  method: 'GET',
  path: '/gateways',
  permission: 'gateways.read',
  summary: 'List gateways, by name',
  query: z.strictObject({ ...pageQuery, service: serviceReference.optional() }),
  response: { status: 200, description: 'A page of gateways.', schema: pageOf(gateway, 'GatewayPage') },
  errors: [],
})

export const createGateway = defineOperation({
  operationId: 'createGateway',
  method: 'POST',
  path: '/gateways',
  permission: 'gateways.write',
  summary: 'Create a gateway',
  body: z.strictObject({
    name: gatewayName,
    profile,
    services: services.min(1, 'needs at least one service'),
    machineId: boundMachine.optional(),
  }),
  response: { status: 201, description: 'The gateway, without keys.', schema: gateway },
  errors: ['conflict'],
})

export const getGateway = defineOperation({
  operationId: 'getGateway',
  method: 'GET',
  path: '/gateways/{gateway}',
  permission: 'gateways.read',
  summary: 'Get a gateway',
  params: gatewayParams,
  response: { status: 200, description: 'The gateway.', schema: gateway },
  errors: [],
})

export const updateGateway = defineOperation({
  operationId: 'updateGateway',
  method: 'PATCH',
  path: '/gateways/{gateway}',
  permission: 'gateways.write',
  summary: 'Change the services or the machine of a gateway',
  description: 'What is left away stays. In force on every node when the call returns.',
  params: gatewayParams,
  body: z.strictObject({ services: services.optional(), machineId: boundMachine.nullable().optional() }),
  response: { status: 200, description: 'The gateway as it is now.', schema: gateway },
  errors: ['conflict'],
})

export const addGatewayKey = defineOperation({
  operationId: 'addGatewayKey',
  method: 'POST',
  path: '/gateways/{gateway}/keys',
  permission: 'gateways.write',
  summary: 'Give a gateway a key',
  description: `A gateway has at most ${maxGatewayKeys} keys, so that one can be replaced while the other works.`,
  params: gatewayParams,
  body: z.strictObject({}),
  response: {
    status: 201,
    description: 'The key, shown this once.',
    schema: z.object({ ...gatewayKey.shape, gatewayId, key: shownOnce('csg_') }).meta({ id: 'NewGatewayKey' }),
  },
  errors: ['conflict'],
})

export const addGatewayCertificate = defineOperation({
  operationId: 'addGatewayCertificate',
  method: 'POST',
  path: '/gateways/{gateway}/certificates',
  permission: 'gateways.write',
  summary: 'Pin a TLS client certificate of a gateway',
  description:
    'For gateways that cannot send a key of their own, such as Traefik. It counts as one of the gateway’s keys. Its ' +
    'fingerprint is kept; who signed it does not matter.',
  params: gatewayParams,
  body: z.strictObject({
    certificate: z
      .string()
      .max(16_384)
      // The browser judges by this too, so that a key pasted by mistake is not even sent.
      .refine((text) => !text.includes('PRIVATE KEY'), 'must not hold a private key: that stays on the gateway')
      .refine((text) => text.includes('-----BEGIN CERTIFICATE-----'), 'must be one certificate in PEM')
      .meta({ description: 'One certificate in PEM.', example: '-----BEGIN CERTIFICATE-----\n…' }),
  }),
  response: { status: 201, description: 'The gateway as it is now.', schema: gateway },
  errors: ['conflict'],
})

export const removeGatewayKey = defineOperation({
  operationId: 'removeGatewayKey',
  method: 'DELETE',
  path: '/gateways/{gateway}/keys/{key}',
  permission: 'gateways.write',
  summary: 'Remove a key of a gateway',
  description: 'No request that carries it is allowed once the call has returned.',
  params: z.strictObject({ gateway: gatewayParam, key: gatewayKeyId }),
  response: { status: 200, description: 'The gateway as it is now.', schema: gateway },
  errors: [],
})
