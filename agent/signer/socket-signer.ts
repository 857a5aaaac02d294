import { formatContentDigest, type HttpField } from '@/lib/protocol'
import { callAgentSocket } from '../socket/call-agent-socket'
import { notAnAgent } from '../socket/call-agent-socket'
import type { Signer } from './signer'

/** Asks the agent behind a socket to sign. */
export function createSocketSigner(socketPath: string): Signer {
  return {
    sign: async ({ method, url, headers, bodyDigest }) => {
      const answer = await callAgentSocket(socketPath, 'POST', '/sign', {
        method,
        scheme: url.scheme,
        authority: url.authority,
        target: url.target,
        headers,
        ...(bodyDigest === undefined ? {} : { bodyDigest: formatContentDigest(bodyDigest) }),
      })
      const lines = answer['headers']
      if (!Array.isArray(lines) || !lines.every(isField)) throw notAnAgent(socketPath)
      return lines
    },
    refresh: async (what) => {
      await callAgentSocket(socketPath, 'POST', '/refresh', { what })
    },
    close: () => Promise.resolve(),
  }
}

function isField(value: unknown): value is HttpField {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}
