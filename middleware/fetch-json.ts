import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

const TIMEOUT_MS = 2_000
const MAX_BYTES = 64 * 1024

/** Fetches a JSON document: 200 only, no redirects, bounded in size and time. */
export function fetchJson(url: URL): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      agent: false,
      headers: { Accept: 'application/json' },
    })
    const fail = (reason: string): void => {
      request.destroy()
      reject(new Error(reason))
    }
    const timer = setTimeout(() => fail('no answer in time'), TIMEOUT_MS)
    timer.unref()
    request.once('error', reject)
    request.once('close', () => {
      clearTimeout(timer)
      reject(new Error('the connection was closed'))
    })
    request.once('response', (response) => {
      if (response.statusCode !== 200) return fail(`status ${response.statusCode}`)
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_BYTES) fail('too large')
        else chunks.push(chunk)
      })
      response.once('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')))
        } catch {
          fail('not JSON')
        }
      })
    })
    request.end()
  })
}
