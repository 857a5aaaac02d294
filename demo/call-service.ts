import { request } from 'node:http'
import { createHttpAgents } from '@/lib/platform/send-request'
import type { HttpField } from '@/lib/protocol'
import type { ServiceSlug } from './company'

/** Where a service is reached: its gateway, on loopback. */
export interface ServicePlace {
  readonly slug: ServiceSlug
  readonly host: string
  readonly port: number
}

/** A request as it goes over the wire; whoever has captured it can send it again. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly HttpField[]
  readonly body: Buffer | undefined
}

export interface ServiceAnswer {
  readonly status: number
  /** `allowed`, or the code of the refusal. */
  readonly code: string
}

const answerWithinMs = 10_000
const largestAnswer = 64 * 1024
const connections = createHttpAgents({ maxSockets: 64 })

/**
 * Sends one request to a service's gateway, under the service's host name, which exists nowhere but in the `Host` line.
 *
 * @param from the loopback address to call from, so that machines can be told apart
 */
export function callService(place: ServicePlace, sent: WireRequest, from: string | undefined): Promise<ServiceAnswer> {
  return new Promise((resolve, reject) => {
    const length: HttpField[] = sent.body ? [['Content-Length', String(sent.body.length)]] : []
    const outgoing = request({
      host: '127.0.0.1',
      port: place.port,
      method: sent.method,
      path: sent.target,
      headers: [['Host', place.host] as const, ...sent.headers, ...length].flat(),
      agent: connections.http,
      timeout: answerWithinMs,
      ...(from !== undefined && { localAddress: from }),
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('The gateway did not answer.')))
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        if (text.length < largestAnswer) text += part
      })
      response.once('error', reject)
      response.once('end', () => {
        const status = response.statusCode ?? 0
        const isRefusal = status === 401 || status === 403
        resolve({ status, code: isRefusal ? (/"code":"([a-z_]+)"/.exec(text)?.[1] ?? 'unknown') : 'allowed' })
      })
    })
    outgoing.end(sent.body)
  })
}

/** Linux answers on all of 127.0.0.0/8 without being asked; elsewhere everybody calls from 127.0.0.1. */
export function loopbackAddress(network: number, host: number): string | undefined {
  return process.platform === 'linux' ? `127.0.${network}.${host}` : undefined
}
