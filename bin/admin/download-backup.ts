import { request, type IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { problem } from '@/lib/contract/problem'
import { backupPath } from '@/lib/server/backup/handle-backup'
import { AdminError, exitCodes, unreachable } from './admin-error'

const longestProblem = 64 * 1024

/** Takes a backup from the server on this machine. Without a time limit: it answers when the whole backup is on its disk. */
export async function downloadBackup(
  server: { readonly url: string; readonly token: string },
  destination: Writable,
): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(`${server.url}${backupPath}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.token}` },
    })
    asked.once('response', resolve)
    asked.once('error', reject)
    asked.end()
  }).catch((error: unknown) => {
    throw unreachable(`Could not reach ${server.url}: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (response.statusCode === 200) return pipeline(response, destination)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += (chunk as Buffer).length
    if (length <= longestProblem) chunks.push(chunk as Buffer)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const refusal = problem.safeParse(readJson(text))
  if (refusal.success) throw new AdminError(exitCodes.refused, refusal.data.title, refusal.data)
  throw unreachable(`The server answered ${response.statusCode}, which is no answer of Countersign.`)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
