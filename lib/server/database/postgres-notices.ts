import { randomUUID } from 'node:crypto'
import { Client, type Pool } from 'pg'
import { createLocalNotices } from '../local-notices'
import { noticeTopics, type NoticeTopic, type Notices } from '../notices'
import type { PrimaryServers } from './primary-servers'

const channel = 'countersign_configuration'
/** A connection that leads nowhere is noticed within these two together. */
const askEveryMs = 5_000
const answerWithinMs = 2_000
const reconnectAfterMs = 500

export interface PostgresNotices extends Notices {
  /** Whether other nodes are heard at this moment. */
  isListening(): boolean
  close(): Promise<void>
}

/**
 * Notices between the nodes of one PostgreSQL, by LISTEN and NOTIFY on a connection of its own, which follows the primary.
 * They only make changes that widen rights arrive sooner: what narrows is exact without them. After each connection all topics
 * are published here, because some may have been missed.
 *
 * NOTIFY takes a lock of the whole database at commit, so it is sent for configuration alone and in no other transaction.
 */
export function createPostgresNotices(
  servers: PrimaryServers,
  pool: Pool,
  onError: (error: Error) => void,
): PostgresNotices {
  const local = createLocalNotices()
  const self = randomUUID()
  let isClosed = false
  let current: Client | undefined
  let isListening = false
  let timer: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const client = new Client({
      connectionString: servers.url(),
      application_name: 'countersign-listen',
      connectionTimeoutMillis: answerWithinMs,
      query_timeout: answerWithinMs,
      keepAlive: true,
    })
    current = client
    client.on('error', () => undefined)
    client.on('notification', ({ payload = '' }) => {
      const [from, name] = payload.split(' ')
      const topic = noticeTopics.find((each) => each === name)
      if (topic && from !== self) local.publish(topic)
    })
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
      isListening = true
      connections++
      for (const topic of noticeTopics) local.publish(topic)
      await watch(client, ended)
    } finally {
      isListening = false
      // Without a goodbye: what is behind it may hang.
      client.connection.stream.destroy()
    }
  }

  /** Asks now and then, because a connection that was cut without a word looks like a quiet one. */
  const watch = async (client: Client, ended: Promise<void>): Promise<void> => {
    for (;;) {
      const rest = new Promise<'ask'>((resolve) => {
        timer = setTimeout(() => resolve('ask'), askEveryMs)
        timer.unref()
      })
      const next = await Promise.race([rest, ended])
      clearTimeout(timer)
      if (next !== 'ask') throw new Error('The connection that listens was lost.')
      // A server that was demoted under the connection takes no NOTIFY; its listeners hear nothing.
      const { rows } = await client.query<{ recovery: boolean }>('SELECT pg_is_in_recovery() AS recovery')
      if (rows[0]?.recovery !== false) throw new Error('The connection that listens leads to a standby.')
    }
  }

  let connections = 0
  let isFirst = true
  const keepConnected = async (): Promise<void> => {
    while (!isClosed) {
      const before = connections
      await connect().catch((error: unknown) => {
        // Once for each time that it was lost, not for each try.
        if (!isClosed && (connections > before || isFirst)) onError(error as Error)
      })
      if (isClosed) return
      isFirst = false
      servers.suspect()
      await new Promise<void>((resolve) => setTimeout(resolve, reconnectAfterMs).unref())
    }
  }
  servers.onChange(() => current?.connection.stream.destroy())
  const done = keepConnected()

  return {
    publish(topic: NoticeTopic) {
      local.publish(topic)
      pool.query('SELECT pg_notify($1, $2)', [channel, `${self} ${topic}`]).catch(onError)
    },
    subscribe: (topic, listener) => local.subscribe(topic, listener),
    isListening: () => isListening,
    async close() {
      isClosed = true
      clearTimeout(timer)
      current?.connection.stream.destroy()
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, answerWithinMs).unref())])
    },
  }
}
