import { Client } from 'pg'
import { createPlaceFolders, type TestPlace } from '../../setup/test-place'
import { createThrowawayPostgres, type ThrowawayPostgres } from '../../setup/throwaway-postgres'

/** A primary with a streaming standby, and a place for nodes of ours that know both. */
export interface DatabaseCluster {
  readonly place: TestPlace
  readonly primary: ThrowawayPostgres
  readonly standby: ThrowawayPostgres
  remove(): Promise<void>
}

/**
 * @param kind `synchronous`: an answered commit is on both. `asynchronous`: a promotion brings only what had reached the standby,
 * and the caller decides when nothing does any more.
 */
export async function createDatabaseCluster(kind: 'synchronous' | 'asynchronous'): Promise<DatabaseCluster> {
  const primary = await createThrowawayPostgres({ wal_level: 'replica', hot_standby: 'on' })
  const standby = await primary.createStandby('standby')
  if (kind === 'synchronous') {
    await runOn(primary.url, `ALTER SYSTEM SET synchronous_standby_names = 'standby'`)
    await runOn(primary.url, 'SELECT pg_reload_conf()')
  }
  const folders = await createPlaceFolders()
  return {
    place: {
      kind: 'postgresql',
      ...folders,
      // The standby first: a list is no order of rank.
      environment: { ...folders.environment, COUNTERSIGN_DATABASE_URLS: `${standby.url},${primary.url}` },
    },
    primary,
    standby,
    async remove() {
      await standby.remove()
      await primary.remove()
      await folders.remove()
    },
  }
}

export async function runOn(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
