import { Client } from 'pg'
import { readServerState, type DatabaseIdentity } from './read-server-state'

export interface Primary {
  readonly url: string
  readonly identity: DatabaseIdentity
}

const answerWithinMs = 2_000
/** Once one has said that it is the primary, the others have this long: an old one may have come back beside the new one. */
const graceMs = 300

interface Claim extends Primary {
  /** When this very server process began: two addresses of one server say the same. */
  readonly startedAt: string
}

/**
 * Asks all servers of a cluster at once which of them is the primary. Of several the one of the highest timeline counts:
 * a promotion begins a new one, so what is left on a lower one is the server that was replaced.
 *
 * Throws, naming each server by host and port and what it said, when none is a primary, when two are on the same timeline,
 * or when they belong to different clusters: nobody could say where a credential was spent.
 */
export async function findPrimary(urls: readonly string[]): Promise<Primary> {
  const claims: Claim[] = []
  const said: string[] = []
  const asked = urls.map(async (url) => {
    try {
      const claim = await askServer(url)
      if (claim) claims.push(claim)
      else said.push(`${nameOf(url)} is a standby`)
    } catch (error) {
      said.push(`${nameOf(url)} does not answer (${(error as Error).message})`)
    }
    if (claims.length === 0) throw new Error('No primary.')
  })
  const all = Promise.allSettled(asked)
  await Promise.any(asked).then(
    () => Promise.race([all, new Promise((resolve) => setTimeout(resolve, graceMs))]),
    () => all,
  )
  return choose(claims, urls, said)
}

function choose(claims: readonly Claim[], urls: readonly string[], said: readonly string[]): Primary {
  const ordered = [...claims].sort(
    (a, b) => b.identity.timeline - a.identity.timeline || urls.indexOf(a.url) - urls.indexOf(b.url),
  )
  const [first, ...others] = ordered
  if (!first) throw new Error(`None of the database servers is a primary: ${said.join('; ')}.`)
  const { identity } = first
  const foreign = others.find((other) => other.identity.systemIdentifier !== identity.systemIdentifier)
  if (foreign) {
    throw new Error(`${nameOf(first.url)} and ${nameOf(foreign.url)} are primaries of different clusters.`)
  }
  const rival = others.find(
    (other) => other.identity.timeline === identity.timeline && other.startedAt !== first.startedAt,
  )
  if (rival) {
    throw new Error(
      `${nameOf(first.url)} and ${nameOf(rival.url)} are both primaries on timeline ${identity.timeline}: stop one of them.`,
    )
  }
  return { url: first.url, identity }
}

/** Null for a standby. */
async function askServer(url: string): Promise<Claim | null> {
  const client = new Client({
    connectionString: url,
    application_name: 'countersign-find',
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
  })
  // A lost connection fails the query as well, which is where it is told.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { identity } = await readServerState(client)
    if (!identity) return null
    const { rows } = await client.query<{ at: string }>('SELECT pg_postmaster_start_time()::text AS at')
    return { url, identity, startedAt: rows[0]?.at ?? '' }
  } finally {
    // A server that hangs would never say goodbye.
    client.connection.stream.destroy()
  }
}

/** Host and port: the rest of a URL may be a secret. */
function nameOf(url: string): string {
  return new URL(url).host
}
