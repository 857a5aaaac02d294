import type { ProtocolRefusalCode, Refused } from './types'

/** @param detail one sentence; component names are fine, values of the request are not: they may be secrets */
export function refuse<Code extends ProtocolRefusalCode>(code: Code, detail: string): Refused<Code> {
  return { outcome: 'refused', code, detail }
}

/** What most refusals of structure are. */
export function refuseMalformed(detail: string): Refused<'credential_malformed'> {
  return refuse('credential_malformed', detail)
}
