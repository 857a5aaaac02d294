import { readLabels } from '@/lib/domain/label/labels'
import { formatId } from '@/lib/domain/ids'
import { parseAgreementPublicJwk, signCompactJws } from '@/lib/protocol'
import type { Dependencies } from '../dependencies'
import { listActiveServices, type GenerationRow, type MachineRow } from './enrollment-store'

type AnswerType = 'enrollment-parameters' | 'enrollment' | 'renewal' | 'services'

/** The agent keeps the list in memory and asks for it with each renewal. */
const maxListedServices = 1000
const maxRenewAfterSeconds = 3600

/** Whom an answer is for: the thumbprint of the key that signed the message, and that message's nonce. */
export interface AnswerAddressee {
  readonly aud: string
  readonly nonce: string
}

/** Signs an answer with the assertion key (docs/machine-messages.md, "Answers"). Adds `iss` and `iat`. */
export function signAnswer(
  dependencies: Pick<Dependencies, 'keys' | 'settings' | 'now'>,
  type: AnswerType,
  claims: object,
): string {
  const { kid, privateKey } = dependencies.keys.assertion()
  const iat = Math.floor(dependencies.now().getTime() / 1000)
  return signCompactJws({
    typ: `countersign-${type}+jwt`,
    kid,
    claims: { iss: dependencies.settings.publicUrl, iat, ...claims },
    privateKey,
  })
}

/** The answer to an enrolment or renewal: who the machine is now, and everything that it needs to sign. */
export async function signMachineAnswer(
  dependencies: Dependencies,
  type: 'enrollment' | 'renewal',
  { machine, generation }: { machine: MachineRow; generation: GenerationRow },
  addressee: AnswerAddressee,
): Promise<string> {
  const { keys, deployment, now } = dependencies
  const id = formatId('mach', machine.id)
  // The public half stays in its row when the private one is destroyed.
  const generator = parseAgreementPublicJwk(generation.generator.publicJwk)
  if (generator.outcome === 'refused') throw new Error(`Generator ${generation.generatorKid} has no public half.`)
  return signAnswer(dependencies, type, {
    ...addressee,
    serverTimeMs: now().getTime(),
    trustDomain: deployment.trustDomain,
    machine: {
      id,
      spiffeId: `spiffe://${deployment.trustDomain}/machine/${id}`,
      name: machine.name,
      generation: generation.generation,
      labels: readLabels(machine.labels) ?? {},
      requestAlgorithm: machine.requestAlgorithm,
    },
    generatorKey: { ...generator.jwk, kid: generation.generatorKid },
    assertionKeys: keys.assertionPublicKeys(),
    expiresAt: generation.expiresAt.toISOString(),
    renewAfterSeconds: renewAfterSeconds(machine.lifetimeSeconds),
    services: await listServicesForAnswer(dependencies),
  })
}

/** The services as an answer names them. */
export async function listServicesForAnswer(dependencies: Pick<Dependencies, 'prisma'>) {
  const services = await listActiveServices(dependencies.prisma, maxListedServices)
  return services.map(({ slug, authorities, coveredFields }) => ({ service: slug, authorities, coveredFields }))
}

/** Hourly; a short-lived machine gets two more tries before it ends. */
function renewAfterSeconds(lifetimeSeconds: number): number {
  return Math.max(1, Math.min(maxRenewAfterSeconds, Math.floor(lifetimeSeconds / 3)))
}
