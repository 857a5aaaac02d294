import type { Pool } from 'pg'
import { parseId } from '@/lib/domain/ids'
import type { Asked } from '../../verification/support/keep-asking'
import type { History, HistoryEnd, HistoryRequest } from '../model/check-history'

/** The history of these requests: what their senders saw, and every allow in the database of the machines that they name. */
export async function readHistory(pool: Pool, asked: readonly Asked[], ends: readonly HistoryEnd[]): Promise<History> {
  const requests = asked.map(toHistoryRequest)
  const machines = [...new Set(requests.map(({ machine }) => machine))]
  const { rows } = await pool.query<{ id: string; machine: string; generation: number; use: string; at: string }>(
    `SELECT id, machine_id AS machine, generation, use_key AS use, extract(epoch FROM at) * 1000 AS at
       FROM decision WHERE machine_id = ANY ($1::uuid[])`,
    [machines],
  )
  const records = rows.map(({ id, machine, generation, use, at }) => ({
    id,
    machine,
    credential: `${machine}.${generation}.${use}`,
    atMs: Number(at),
  }))
  return { requests, records, ends }
}

function toHistoryRequest({ machine, request, sentAtMs, answeredAtMs, answer }: Asked): HistoryRequest {
  const input = request.headers.find(([name]) => name.toLowerCase() === 'signature-input')?.[1] ?? ''
  const [, generation] = /keyid="[^"]*\.(\d+)"/.exec(input) ?? []
  const [, seq] = /nonce="(\d+)\./.exec(input) ?? []
  const uuid = parseId('mach', machine.id)
  if (uuid === null || generation === undefined || seq === undefined) throw new Error('Not a credential with a number.')
  const decision = answer?.headers.get('countersign-decision') ?? null
  return {
    machine: uuid,
    credential: `${uuid}.${generation}.s${seq}`,
    sentAtMs: toEpoch(sentAtMs),
    answer: answer && {
      code: answer.code,
      decisionId: decision === null ? null : parseId('dec', decision),
      atMs: toEpoch(answeredAtMs),
    },
  }
}

/** Of an instant of `performance.now()` the milliseconds since 1970, which the database on this machine counts in as well. */
export function toEpoch(atMs: number): number {
  return performance.timeOrigin + atMs
}
