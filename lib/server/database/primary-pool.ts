import type { Duplex } from 'node:stream'
import { Client, Pool, type ClientBase, type ClientConfig, type PoolConfig } from 'pg'
import { checkDatabaseSettings } from './check-database-settings'
import type { PrimaryServers } from './primary-servers'

/** SQLSTATE of what only the primary can do: read_only_sql_transaction. */
const readOnlySqlState = '25006'
const inspectedWithinMs = 2_000

/**
 * A pool whose connections lead to the primary, wherever it is. Each new connection is looked at before anybody gets it:
 * a standby, a primary that was replaced and one that does not flush are refused. When the primary has moved, every
 * connection to the old one is cut, in use or not: who waits there for an answer would wait for a dead server.
 */
export class PrimaryPool extends Pool {
  constructor(servers: PrimaryServers, config: PoolConfig) {
    const open = new Set<Client>()
    const accepted = new WeakSet<ClientBase>()

    class PrimaryClient extends Client {
      constructor(options?: ClientConfig) {
        super({ ...options, connectionString: servers.url() })
        // The driver emits it also while a query runs, which fails with it as well; without a listener it ends the process.
        this.on('error', () => servers.suspect())
        this.connection.on('errorMessage', (message: { readonly code?: string }) => {
          if (message.code === readOnlySqlState) cut(this)
        })
        open.add(this)
        this.once('end', () => {
          open.delete(this)
          if (!accepted.has(this)) servers.suspect()
        })
      }
    }

    const inspect = async (client: ClientBase): Promise<void> => {
      const timer = setTimeout(() => cut(client), inspectedWithinMs)
      try {
        servers.accept(await checkDatabaseSettings(client))
        await client.query(durableCommits)
        accepted.add(client)
      } finally {
        clearTimeout(timer)
      }
    }

    super({
      ...config,
      Client: PrimaryClient,
      // The driver waits for the promise, which its types do not say.
      onConnect: inspect as unknown as () => void,
    })
    // Given away because nothing came back: the server may hang.
    this.on('release', (error) => {
      if ((error as Error | boolean | undefined) === true) servers.suspect()
    })
    servers.onChange(() => open.forEach(cut))
  }
}

/** An answered change is durable as well, whatever the server's default is: a revocation that a crash undoes is none. */
const durableCommits = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') <> 'remote_apply'`

/** Without a goodbye, which a server that hangs would never answer; whoever waits on this connection learns it at once. */
function cut(client: ClientBase): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: Duplex } }
  connection.stream.destroy()
}
