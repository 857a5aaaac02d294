import { z } from 'zod'
import { canCoverField, maxCoveredFields } from '@/lib/domain/service/covered-field'
import { maxPathPrefixLength, pathPrefixPattern } from '@/lib/domain/service/path-prefix'
import {
  bodyBindings,
  defaultCoveredFields,
  serviceModes,
  serviceStates,
  slugPattern,
} from '@/lib/domain/service/service-settings'
import { displayName, idOf, instant, labels, pageOf, pageQuery } from './common'
import { defineOperation } from './operation'

export const serviceId = idOf('svc', 'a service')

export const slug = z
  .string()
  .regex(slugPattern, 'a slug takes 1 to 63 of a-z, 0-9 and dash')
  .meta({ description: 'Unique and fixed: it stands in paths, assertions and configurations.', example: 'orders' })

const authority = z.object({
  authority: z
    .string()
    .min(1, 'must not be empty')
    .max(261, 'takes at most 261 characters')
    .meta({ description: 'Host with an optional port, in lower case.', example: 'orders.example' }),
  pathPrefix: z.string().max(maxPathPrefixLength).meta({ example: '/' }),
})

const givenAuthority = z.strictObject({
  authority: authority.shape.authority,
  pathPrefix: z
    .string()
    .max(maxPathPrefixLength)
    .regex(pathPrefixPattern, 'a path prefix is "/" or whole segments without a slash at the end, such as /v1/orders')
    .default('/'),
})

const coveredField = z
  .string()
  .min(1)
  .max(64)
  .superRefine((name, context) => {
    const can = canCoverField(name)
    if (!can.can) context.addIssue({ code: 'custom', message: `cannot be covered: ${can.why}` })
  })

const coveredFields = z
  .array(coveredField)
  .max(maxCoveredFields)
  .refine((names) => new Set(names).size === names.length, 'names a field twice')
  .meta({ description: 'Fields that the signature must cover where the request carries them.' })

const authorities = z.array(givenAuthority).max(64)

const settings = {
  name: displayName,
  mode: z.enum(serviceModes).meta({ description: 'observe records and lets pass; enforce denies.' }),
  bodyBinding: z.enum(bodyBindings).meta({ description: 'Who compares the body with the signed digest.' }),
  machineSelector: labels.meta({ description: 'Labels that a machine must carry to call; {} is every machine.' }),
  allowPlainNonce: z.boolean().meta({ description: 'Accept nonces without a sequence number (no clone detection).' }),
  allowEncodedSlash: z.boolean().meta({ description: 'Accept %2F in paths.' }),
  requireAsymmetric: z.boolean().meta({ description: 'Demand ed25519 or ecdsa-p256-sha256.' }),
}

export const service = z
  .object({
    id: serviceId,
    slug,
    ...settings,
    state: z.enum(serviceStates),
    authorities: z.array(authority).max(64),
    coveredFields: z.array(z.string().max(64)).max(maxCoveredFields),
    gateways: z.array(z.object({ id: idOf('gw', 'a gateway'), name: z.string().max(128) })).max(1000),
    version: z.int().meta({ description: 'Grows with every change that a decision depends on.' }),
    createdAt: instant,
  })
  .meta({ id: 'Service' })

export type Service = z.output<typeof service>

export const serviceReference = z.union([slug, serviceId]).meta({ description: 'Slug or id of a service.' })

export const serviceParams = z.strictObject({ service: serviceReference })

export const listServices = defineOperation({
  operationId: 'listServices',
  method: 'GET',
  path: '/services',
  permission: 'services.read',
  summary: 'List services, by slug',
  query: z.strictObject({ ...pageQuery, state: z.enum(serviceStates).optional() }),
  response: { status: 200, description: 'A page of services.', schema: pageOf(service, 'ServicePage') },
  errors: [],
})

export const createService = defineOperation({
  operationId: 'createService',
  method: 'POST',
  path: '/services',
  permission: 'services.write',
  summary: 'Create a service',
  body: z.strictObject({
    slug,
    name: settings.name.optional(),
    authorities: authorities.min(1, 'needs at least one authority'),
    mode: settings.mode.default('enforce'),
    bodyBinding: settings.bodyBinding.default('backend'),
    coveredFields: coveredFields.default([...defaultCoveredFields]),
    machineSelector: settings.machineSelector.default({}),
    allowPlainNonce: settings.allowPlainNonce.default(true),
    allowEncodedSlash: settings.allowEncodedSlash.default(false),
    requireAsymmetric: settings.requireAsymmetric.default(false),
  }),
  response: { status: 201, description: 'The service.', schema: service },
  errors: ['conflict'],
})

export const getService = defineOperation({
  operationId: 'getService',
  method: 'GET',
  path: '/services/{service}',
  permission: 'services.read',
  summary: 'Get a service',
  params: serviceParams,
  response: { status: 200, description: 'The service.', schema: service },
  errors: [],
})

export const updateService = defineOperation({
  operationId: 'updateService',
  method: 'PATCH',
  path: '/services/{service}',
  permission: 'services.write',
  summary: 'Change a service',
  description: 'What is left away stays. Lists replace the lists before. In force on every node when the call returns.',
  params: serviceParams,
  body: z.strictObject({
    name: settings.name.optional(),
    state: z.enum(serviceStates).optional(),
    authorities: authorities.optional(),
    mode: settings.mode.optional(),
    bodyBinding: settings.bodyBinding.optional(),
    coveredFields: coveredFields.optional(),
    machineSelector: settings.machineSelector.optional(),
    allowPlainNonce: settings.allowPlainNonce.optional(),
    allowEncodedSlash: settings.allowEncodedSlash.optional(),
    requireAsymmetric: settings.requireAsymmetric.optional(),
    ifVersion: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional().meta({
      description: 'Refuse when the service has changed since this version was read.',
    }),
  }),
  response: { status: 200, description: 'The service as it is now.', schema: service },
  errors: ['conflict'],
})
