import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Pool } from 'pg'
import { formatId } from '@/lib/domain/ids'
import type { AgreementPublicJwk, SignatureAlgorithm, SigningPublicJwk } from '@/lib/protocol'
import type { GenerationRecord, MachineRecord } from './verification-types'

interface MachineRow {
  id: string
  name: string
  state: MachineRecord['state']
  version: string
  generation: number
  started: string
  expires: string
  request_algorithm: SignatureAlgorithm
  labels: Record<string, string>
  generations: {
    generation: number
    day: string
    signing: SigningPublicJwk
    agreement: AgreementPublicJwk
    thumbprint: string
    kid: string
    lastSeq: number | null
  }[]
}

/** Reads machines with their current generation and the one before. Unknown ids are absent from the result. */
export async function readMachines(
  pool: Pool,
  uuids: readonly string[],
  trustDomain: string,
): Promise<Map<string, MachineRecord>> {
  const { rows } = await pool.query<MachineRow>(
    `SELECT m.id, m.name, m.state, m.version, m.generation, m.request_algorithm, m.labels,
            extract(epoch FROM m.generation_started_at) * 1000 AS started, extract(epoch FROM m.expires_at) * 1000 AS expires,
            (SELECT json_agg(json_build_object('generation', g.generation, 'day', g.day, 'signing', g.signing_jwk,
                       'agreement', g.agreement_jwk, 'thumbprint', g.agreement_thumbprint, 'kid', g.generator_kid,
                       'lastSeq', g.last_seq))
               FROM generation g WHERE g.machine_id = m.id AND g.generation >= m.generation - 1) AS generations
       FROM machine m WHERE m.id = ANY ($1::uuid[])`,
    [uuids],
  )
  return new Map(rows.map((row) => [row.id, toMachineRecord(row, trustDomain)]))
}

function toMachineRecord(row: MachineRow, trustDomain: string): MachineRecord {
  const id = formatId('mach', row.id)
  const generations = row.generations.map((g): [number, GenerationRecord] => [
    g.generation,
    {
      generation: g.generation,
      day: g.day,
      signingKey: toPublicKey(g.signing),
      agreementKey: toPublicKey(g.agreement),
      agreementThumbprint: g.thumbprint,
      generatorKid: g.kid,
      lastSeq: g.lastSeq,
    },
  ])
  return {
    uuid: row.id,
    id,
    spiffeId: `spiffe://${trustDomain}/machine/${id}`,
    name: row.name,
    state: row.state,
    version: Number(row.version),
    generation: row.generation,
    generationStartedAtMs: Number(row.started),
    expiresAtMs: Number(row.expires),
    requestAlgorithm: row.request_algorithm,
    labels: row.labels,
    generations: new Map(generations),
  }
}

function toPublicKey(jwk: SigningPublicJwk | AgreementPublicJwk): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' })
}
