import { readFileSync, statSync } from 'node:fs'
import { createHttpAgents } from '@/lib/platform/send-request'
import type { CredentialOptions } from '.'
import { askVerificationService, type VerificationService } from './ask-verification-service'
import { deny } from './denial'
import type { Check } from './guard'
import { fieldLines } from './incoming-request'
import { readServiceAddress } from './service-address'
import { denyUnread, settleBody } from './settle-body'

/** Lets a request in when the verification service allows it for its own credential, which is spent by that. */
export function makeCredentialCheck(options: CredentialOptions): Check {
  const service: VerificationService = {
    address: readServiceAddress(options.server, options.allowHttp === true),
    slug: options.service,
    gatewayKey: readGatewayKey(options),
    deadlineMs: readDeadline(options.deadlineMs),
    agents: createHttpAgents(),
  }
  const mode = options.body ?? 'whole'
  return async (request) => {
    const hosts = fieldLines(request, 'host')
    const [host] = hosts
    if (host === undefined || hosts.length !== 1) {
      return deny('credential_malformed', 'The request has not exactly one Host.')
    }
    // Without a signature the body decides nothing, and whoever sends none is not let to fill the memory.
    const isSigned = fieldLines(request, 'signature-input').length > 0
    const read = mode === 'whole' && isSigned ? await request.body.readWhole() : undefined
    if (read !== undefined && read.outcome !== 'read') return denyUnread(read.outcome)
    const answer = await askVerificationService(service, {
      ...request,
      authority: host,
      bodyDigests: read?.digests,
    })
    if (answer.outcome === 'denied') return answer
    const { facts } = answer
    if (facts.isObserved) {
      if (options.observe !== true) {
        return deny('policy_denied', 'The request was only observed, and this service wants a decision.')
      }
      request.body.letGo()
      return { outcome: 'admitted', facts }
    }
    // What was signed covers a Content-Digest wherever there is one.
    const isBound = fieldLines(request, 'content-digest').length > 0
    const denial = await settleBody(request, { content: facts.content, isBound }, mode)
    return denial ?? { outcome: 'admitted', facts }
  }
}

/** @throws TypeError for what is no key, or a file that other users can read */
function readGatewayKey(options: CredentialOptions): string | undefined {
  const { gatewayKey, gatewayKeyFile, server } = options
  if (gatewayKey === undefined && gatewayKeyFile === undefined) {
    if (server.startsWith('unix:')) return undefined
    throw new TypeError('gatewayKeyFile or gatewayKey is needed: a key of a gateway of profile library.')
  }
  if (gatewayKey !== undefined && gatewayKeyFile !== undefined) {
    throw new TypeError('gatewayKeyFile and gatewayKey exclude each other.')
  }
  const key = gatewayKey ?? readKeyFile(gatewayKeyFile ?? '')
  if (/^csg_[A-Za-z0-9_-]{16,256}$/.test(key)) return key
  throw new TypeError(
    `${gatewayKeyFile === undefined ? 'gatewayKey' : gatewayKeyFile} holds no gateway key: one begins with csg_.`,
  )
}

function readKeyFile(path: string): string {
  // Secret stores mount what a group may read; what everybody may read is no secret.
  if ((statSync(path).mode & 0o007) !== 0) {
    throw new TypeError(`${path} is open to every user of this machine; close it with chmod 600.`)
  }
  return readFileSync(path, 'utf8').trim()
}

function readDeadline(deadlineMs = 1_000): number {
  if (deadlineMs >= 10 && deadlineMs <= 60_000) return deadlineMs
  throw new TypeError('deadlineMs takes 10 to 60,000.')
}
