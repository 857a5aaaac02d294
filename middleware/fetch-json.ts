import { readBody, sendRequest } from '@/lib/platform/send-request'
import { addressOf } from './service-address'

const TIMEOUT_MS = 2_000
const MAX_BYTES = 64 * 1024

/** Fetches a JSON document: 200 only, no redirects, bounded in size and time. */
export async function fetchJson(url: URL): Promise<unknown> {
  const address = addressOf(url)
  const deadline = performance.now() + TIMEOUT_MS
  const response = await sendRequest({
    ...address,
    method: 'GET',
    target: `${url.pathname}${url.search}`,
    headers: [
      ['Host', address.authority],
      ['Accept', 'application/json'],
    ],
    timeoutMs: TIMEOUT_MS,
  })
  if (response.statusCode !== 200) {
    response.destroy()
    throw new Error(`status ${response.statusCode}`)
  }
  const text = await readBody(response, MAX_BYTES, Math.max(1, deadline - performance.now()))
  return JSON.parse(text.toString('utf8'))
}
