import { randomBytes } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { formatId } from '@/lib/domain/ids'
import { refuse } from '@/lib/domain/refusal'
import { authenticateCaller } from '../auth/authenticate-caller'
import type { Dependencies } from '../dependencies'
import { describeError } from '../http/describe-error'
import { problemResponse, type DispatchedResponse } from '../http/problem-response'
import { newUuid } from '../new-uuid'
import { pairHeaders } from '../verification/pair-headers'
import { writeBackup } from './write-backup'

export const backupPath = '/api/v1/backup'

/**
 * `POST /api/v1/backup`: a backup of the whole database as a file, for the local administrator alone: whoever may read the
 * data directory has the database anyway, and nobody else gets all of it at once. For the embedded database, which only
 * this process can read.
 *
 * It is written to the disk first, at the disk's speed, so that a slow reader never holds up a decision. Never throws.
 */
export async function handleBackup(deps: Dependencies, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const requestId = formatId('req', newUuid())
  req.resume()
  if (req.method !== 'POST') {
    const refusal = refuse('method_not_allowed', 'This path takes POST.')
    return sendProblem(res, problemResponse(refusal, requestId, { Allow: 'POST' }))
  }
  let spool: FileHandle | undefined
  try {
    const headers = pairHeaders(req.rawHeaders)
    const caller = await authenticateCaller(deps, {
      method: req.method,
      headers,
      peerAddress: req.socket.remoteAddress ?? null,
    })
    if (caller.outcome === 'refused') return sendProblem(res, problemResponse(caller, requestId))
    const { principal } = caller
    if (principal.type !== 'local_administrator') {
      const detail = 'Only the local administrator takes backups: run the admin command on the machine of the server.'
      return sendProblem(res, problemResponse(refuse('permission_denied', detail), requestId))
    }
    spool = await openSpool(deps.settings.dataDirectory)
    const source = { kind: deps.database.kind, pool: deps.pool, prisma: deps.prisma }
    const actor = { type: principal.type, id: principal.id, name: principal.name }
    await writeBackup(source, spool.createWriteStream({ autoClose: false }), { actor, now: deps.now })
    const { size } = await spool.stat()
    res.writeHead(200, { 'Content-Type': 'application/gzip', 'Content-Length': size, 'Cache-Control': 'no-store' })
    await pipeline(spool.createReadStream({ start: 0, autoClose: false }), res)
  } catch (error) {
    deps.log.error({ requestId, error: describeError(error) }, 'A backup failed')
    if (res.headersSent) res.destroy()
    else
      sendProblem(
        res,
        problemResponse(refuse('internal_error', 'The log has the cause under this requestId.'), requestId),
      )
  } finally {
    await spool?.close().catch(() => undefined)
  }
}

/** A file without a name: a crash leaves nothing behind. */
async function openSpool(dataDirectory: string): Promise<FileHandle> {
  const file = path.join(dataDirectory, `.backup-${randomBytes(6).toString('hex')}`)
  const handle = await open(file, 'wx+', 0o600)
  await unlink(file)
  return handle
}

function sendProblem(res: ServerResponse, { status, headers, body }: DispatchedResponse): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.writeHead(status, { 'Content-Length': Buffer.byteLength(body) })
  res.end(body)
}
