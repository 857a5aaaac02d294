import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import type { PoolClient } from 'pg'
import { formatId, parseId } from '@/lib/domain/ids'
import {
  computeAgreementProof,
  computeJwkThumbprint,
  deriveEpochKey,
  deriveSharedSecret,
  epochOf,
  parseAgreementPublicJwk,
  parseSigningPublicJwk,
  signMachineMessage,
  verifyCompactJws,
  type AgreementPublicJwk,
  type MachineMessageSignature,
  type SigningPublicJwk,
} from '@/lib/protocol'
import type { Dependencies } from '@/lib/server/dependencies'
import { createAttemptLimiter } from '@/lib/server/enrollment/create-attempt-limiter'
import { handleMachineRequest } from '@/lib/server/enrollment/handle-machine-request'
import type { MachineRequest, MachineRequestDependencies } from '@/lib/server/enrollment/machine-request'
import { newUuid } from '@/lib/server/new-uuid'

/** The machines' side of enrolment, written from docs/machine-messages.md alone: real keys, real messages. */

export const authority = 'localhost:3000'

export interface Answered {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Readonly<Record<string, string>>
}

export interface MachineKeys {
  readonly signing: { readonly privateKey: KeyObject; readonly jwk: SigningPublicJwk; readonly thumbprint: string }
  readonly agreement: { readonly privateKey: KeyObject; readonly jwk: AgreementPublicJwk; readonly thumbprint: string }
}

export interface JoinToken {
  readonly uuid: string
  readonly id: string
  readonly privateKey: KeyObject
  readonly publicBytes: Buffer
}

export type Message = Pick<MachineRequest, 'method' | 'path' | 'headers' | 'body'>

export function createEnrollmentWorld(dependencies: Dependencies, attempts = createAttemptLimiter()) {
  const deps: MachineRequestDependencies = { ...dependencies, attempts }
  const nowSeconds = () => Math.floor(deps.now().getTime() / 1000)

  const send = async (message: Message, from = '192.0.2.1'): Promise<Answered> => {
    const request = { ...message, authorities: [authority], peerAddress: from }
    const answer = await handleMachineRequest(deps, request)
    if (!answer) throw new Error(`${message.path} is none of the endpoints.`)
    return { status: answer.status, headers: answer.headers, body: JSON.parse(answer.body) as Record<string, unknown> }
  }

  const sign = (
    path: string,
    body: object,
    signatures: readonly MachineMessageSignature[],
    changes: Partial<Parameters<typeof signMachineMessage>[0]> = {},
  ): Message => {
    const bytes = Buffer.from(JSON.stringify(body))
    const created = changes.created ?? nowSeconds()
    const fields = signMachineMessage({
      method: 'POST',
      authority,
      path,
      body: bytes,
      signatures,
      created,
      expires: created + 60,
      nonce: randomBytes(16).toString('base64url'),
      ...changes,
    })
    return { method: 'POST', path, headers: [['Host', authority], ...fields], body: bytes }
  }

  /** Verifies an answer as a machine does, and returns its claims. */
  const open = (answered: Answered, typ: string): Record<string, unknown> => {
    const token = answered.body.answer ?? answered.body.parameters
    if (typeof token !== 'string') throw new Error(JSON.stringify(answered.body))
    const keys = deps.keys.assertionPublicKeys()
    const verified = verifyCompactJws(token, {
      typ: `countersign-${typ}+jwt`,
      resolveKey: (kid) => {
        const found = parseSigningPublicJwk(withoutKid(keys.find((key) => key.kid === kid)))
        return found.outcome === 'parsed' ? found.key : undefined
      },
    })
    if (verified.outcome === 'refused') throw new Error(verified.detail)
    return verified.claims
  }

  const offer = async () => {
    const claims = open(
      await send({ method: 'GET', path: '/api/v1/enrollments/parameters', headers: [], body: new Uint8Array() }),
      'enrollment-parameters',
    ) as { machineId: string; trustDomain: string; generatorKey: AgreementPublicJwk & { kid: string } }
    return claims
  }

  const createToken = async (
    data: Partial<{
      usesAllowed: number
      labels: Record<string, string>
      machineLifetimeSeconds: number
      expiresAt: Date
      revokedAt: Date
    }> = {},
  ): Promise<JoinToken> => {
    const uuid = newUuid()
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const publicBytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
    await deps.prisma.joinToken.create({
      data: {
        id: uuid,
        name: 'test',
        publicKey: new Uint8Array(publicBytes),
        usesAllowed: 1,
        createdBy: 'test',
        createdAt: deps.now(),
        expiresAt: new Date(deps.now().getTime() + 3600_000),
        ...data,
      },
    })
    return { uuid, id: formatId('join', uuid), privateKey, publicBytes }
  }

  const enrollmentMessage = async (
    token: JoinToken,
    options: {
      readonly keys?: MachineKeys
      readonly body?: Record<string, unknown>
      readonly changes?: Partial<Parameters<typeof signMachineMessage>[0]>
      /** Whose agreement key makes the proof. */
      readonly provenBy?: KeyObject
      readonly signedBy?: { readonly machine?: KeyObject; readonly join?: KeyObject }
      readonly parameters?: Awaited<ReturnType<typeof offer>>
    } = {},
  ): Promise<Message> => {
    const keys = options.keys ?? makeMachineKeys()
    const parameters = options.parameters ?? (await offer())
    const created = options.changes?.created ?? nowSeconds()
    const generator = parseAgreementPublicJwk(withoutKid(parameters.generatorKey))
    if (generator.outcome === 'refused') throw new Error(generator.detail)
    const agreed = deriveSharedSecret(options.provenBy ?? keys.agreement.privateKey, generator.key)
    if (agreed.outcome === 'refused') throw new Error(agreed.detail)
    const { machineId, trustDomain } = parameters
    const epochKey = deriveEpochKey({
      shared: agreed.shared,
      trustDomain,
      machineId,
      generation: 1,
      epoch: epochOf(created),
      purpose: 'enroll',
      agreementThumbprint: keys.agreement.thumbprint,
      generatorThumbprint: parameters.generatorKey.kid,
    })
    const body = {
      evidence: { type: 'join_token', joinTokenId: token.id },
      machineId,
      generatorKid: parameters.generatorKey.kid,
      signingKey: keys.signing.jwk,
      agreementKey: keys.agreement.jwk,
      agreementProof: computeAgreementProof({
        epochKey,
        machineId,
        signingThumbprint: keys.signing.thumbprint,
        agreementThumbprint: keys.agreement.thumbprint,
        created,
      }),
      name: 'orders-7f9',
      reported: { hostname: 'orders-7f9', platform: 'linux' },
      ...options.body,
    }
    return sign(
      '/api/v1/enrollments',
      body,
      [
        signatureBy(options.signedBy?.machine ?? keys.signing.privateKey, {
          label: 'machine',
          tag: 'countersign-enroll',
          keyid: keys.signing.thumbprint,
        }),
        signatureBy(options.signedBy?.join ?? token.privateKey, {
          label: 'join',
          tag: 'countersign-enroll-join',
          keyid: token.id,
        }),
      ],
      { created, ...options.changes },
    )
  }

  /** A machine that was let in, with the keys of its generation 1. */
  const enroll = async (token?: JoinToken, keys = makeMachineKeys()) => {
    const answered = await send(await enrollmentMessage(token ?? (await createToken()), { keys }))
    const claims = open(answered, 'enrollment') as { machine: { id: string } }
    const uuid = parseId('mach', claims.machine.id)
    if (uuid === null) throw new Error('The answer names no machine.')
    return { id: claims.machine.id, uuid, keys }
  }

  const renewalMessage = (
    machine: { readonly id: string },
    generation: number,
    current: MachineKeys,
    next: MachineKeys,
    options: {
      readonly body?: Record<string, unknown>
      readonly changes?: Partial<Parameters<typeof signMachineMessage>[0]>
      readonly signedBy?: { readonly current?: KeyObject; readonly next?: KeyObject }
    } = {},
  ): Message =>
    sign(
      `/api/v1/machines/${machine.id}/renewals`,
      { signingKey: next.signing.jwk, agreementKey: next.agreement.jwk, lastSeq: 1024, ...options.body },
      [
        signatureBy(options.signedBy?.current ?? current.signing.privateKey, {
          label: 'current',
          tag: 'countersign-renew',
          keyid: `${machine.id}.${generation}`,
        }),
        signatureBy(options.signedBy?.next ?? next.signing.privateKey, {
          label: 'next',
          tag: 'countersign-renew-new',
          keyid: next.signing.thumbprint,
        }),
      ],
      options.changes,
    )

  const serviceListMessage = (machine: { readonly id: string }, generation: number, keys: MachineKeys): Message =>
    sign(`/api/v1/machines/${machine.id}/service-list`, {}, [
      signatureBy(keys.signing.privateKey, {
        label: 'machine',
        tag: 'countersign-services',
        keyid: `${machine.id}.${generation}`,
      }),
    ])

  /** Puts a use on record as the decision statement would, for the machine's generation. */
  const recordUse = async (
    machineUuid: string,
    generation: number,
    useKey: string,
    client: Pick<PoolClient, 'query'> = deps.pool,
  ): Promise<void> => {
    await client.query(
      `INSERT INTO "decision" ("generation_day", "machine_id", "generation", "use_key", "id", "at", "service_id", "created",
                               "base_hash", "algorithm", "method", "authority", "path", "query_names", "content", "source_address")
       SELECT g."day", g."machine_id", g."generation", $3, gen_random_uuid(), clock_timestamp(), gen_random_uuid(), 0,
              '\\x00', 'hmac-sha256', 'GET', 'api.test', '/', '{}', 'none', '198.51.100.7'
         FROM "generation" g WHERE g."machine_id" = $1 AND g."generation" = $2`,
      [machineUuid, generation, useKey],
    )
  }

  const readMachine = (uuid: string) => deps.prisma.machine.findUniqueOrThrow({ where: { id: uuid } })
  const countMachines = () => deps.prisma.machine.count()
  const listAudit = (action: string) => deps.prisma.auditEvent.findMany({ where: { action }, orderBy: { at: 'asc' } })

  return {
    deps,
    send,
    sign,
    open,
    offer,
    createToken,
    enrollmentMessage,
    enroll,
    renewalMessage,
    serviceListMessage,
    recordUse,
    readMachine,
    countMachines,
    listAudit,
  }
}

export type EnrollmentWorld = ReturnType<typeof createEnrollmentWorld>

export function makeMachineKeys(kind: 'software' | 'hardware' = 'software'): MachineKeys {
  const pair = kind === 'software' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signing = parseSigningPublicJwk(pair.publicKey.export({ format: 'jwk' }))
  const agreementPair = generateKeyPairSync('x25519')
  const agreement = parseAgreementPublicJwk(agreementPair.publicKey.export({ format: 'jwk' }))
  if (signing.outcome === 'refused' || agreement.outcome === 'refused') throw new Error('A fresh key was refused.')
  return {
    signing: { privateKey: pair.privateKey, jwk: signing.jwk, thumbprint: computeJwkThumbprint(signing.jwk) },
    agreement: {
      privateKey: agreementPair.privateKey,
      jwk: agreement.jwk,
      thumbprint: computeJwkThumbprint(agreement.jwk),
    },
  }
}

export function signatureBy(
  privateKey: KeyObject,
  rest: { readonly label: string; readonly tag: string; readonly keyid: string },
): MachineMessageSignature {
  return { ...rest, alg: privateKey.asymmetricKeyType === 'ec' ? 'ecdsa-p256-sha256' : 'ed25519', key: privateKey }
}

function withoutKid(jwk: object | undefined): unknown {
  return jwk && Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== 'kid'))
}
