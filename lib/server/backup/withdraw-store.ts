import type { PoolClient } from 'pg'

/** What a restore took back, because it may have been withdrawn after the backup was made. */
export interface WithdrawnAccess {
  readonly machinesSuspended: number
  readonly joinTokensRevoked: number
  readonly apiTokensRevoked: number
  readonly sessionsEnded: number
}

export const nothingWithdrawn: WithdrawnAccess = {
  machinesSuspended: 0,
  joinTokensRevoked: 0,
  apiTokensRevoked: 0,
  sessionsEnded: 0,
}

/**
 * A backup knows nothing of what was revoked, used up or ended after it was made, and would bring all of that back: so after
 * a restore nothing of it acts until somebody has looked (protocol.md, section 5). Machines are suspended, which an operator
 * takes back one by one; join tokens, API tokens, links and sessions are made anew instead.
 * Inside the restore's transaction; no node runs. Returns how many of each there were.
 */
export async function withdrawAccess(client: PoolClient, madeAt: string): Promise<WithdrawnAccess> {
  const reason = `Restored from the backup of ${madeAt}: reinstate it when it was not revoked since.`
  const count = async (sql: string, values: readonly unknown[] = []) =>
    (await client.query(sql, [...values])).rowCount ?? 0
  const machinesSuspended = await count(
    `UPDATE "machine" SET "state" = 'suspended', "state_reason" = $1, "state_changed_at" = now(), "version" = "version" + 1
      WHERE "state" IN ('active', 'expired')`,
    [reason],
  )
  const joinTokensRevoked = await count(
    `UPDATE "join_token" SET "revoked_at" = now()
      WHERE "revoked_at" IS NULL AND "expires_at" > now() AND "uses_taken" < "uses_allowed"`,
  )
  const apiTokensRevoked = await count(
    `UPDATE "api_token" SET "revoked_at" = now() WHERE "revoked_at" IS NULL AND "expires_at" > now()`,
  )
  const sessionsEnded = await count(
    `UPDATE "operator_session" SET "ended_at" = now(), "end_reason" = 'ended' WHERE "ended_at" IS NULL`,
  )
  await client.query(`DELETE FROM "operator_ticket"`)
  await client.query(`UPDATE "operator_link" SET "used_at" = now() WHERE "used_at" IS NULL`)
  return { machinesSuspended, joinTokensRevoked, apiTokensRevoked, sessionsEnded }
}
