import { z } from 'zod'
import { probeFindings, probeOutcomes, type ProbeFinding } from '@/lib/domain/service/probe-finding'
import { idOf, instant } from './common'
import { decisionId } from './decisions'
import { defineOperation } from './operation'
import { serviceParams } from './services'

const findings = Object.keys(probeFindings) as [ProbeFinding, ...ProbeFinding[]]
const scheme = z.enum(['https', 'http'])

export const serviceProbe = z
  .object({
    at: instant,
    outcome: z.enum(probeOutcomes),
    finding: z.enum(findings),
    title: z.string().max(256),
    advice: z.string().max(512),
    scheme,
    authority: z.string().max(261),
    path: z.string().max(2048).meta({ description: 'The path that was asked for; nobody can guess it.' }),
    status: z.int().nullable().meta({ description: 'Of the answer, of which nothing else is kept; null without one.' }),
    tookMs: z.number(),
    gateway: z.object({ id: idOf('gw', 'a gateway'), name: z.string().max(128) }).nullable(),
    decisionId: decisionId.nullable().meta({ description: 'The record that the gateway’s question left.' }),
    code: z.string().max(64).nullable().meta({ description: 'Of that record.' }),
  })
  .meta({ id: 'ServiceProbe' })

export type ServiceProbe = z.output<typeof serviceProbe>

export const probeService = defineOperation({
  operationId: 'probeService',
  method: 'POST',
  path: '/services/{service}/probe',
  permission: 'services.probe',
  summary: 'Find out whether a service is protected',
  description:
    'Sends one GET without a credential to an authority of the service, at a path that nobody can guess, and tells whether a gateway asked about it. Takes up to nine seconds; at most twelve probes a minute.',
  params: serviceParams,
  body: z.strictObject({
    authority: z
      .string()
      .min(1)
      .max(261)
      .optional()
      .meta({ description: 'One of the service’s; the first unless given.' }),
    scheme: scheme
      .optional()
      .meta({ description: 'https unless given; http for an authority of this machine itself.' }),
  }),
  response: { status: 200, description: 'What was found.', schema: serviceProbe },
  errors: ['conflict', 'too_many_requests'],
})
