import { createHmac, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'

const marker = '/countersign-probe-'
const form = /\/countersign-probe-(([0-9]{10})-[A-Za-z0-9_-]{22})-([A-Za-z0-9_-]{22})$/
const goodForMs = 60_000
const macBytes = 16

/**
 * A path that nothing answers by chance and nobody but this deployment can make: `<prefix>/countersign-probe-` with the
 * second, 16 random bytes, and a MAC over both.
 * Input: the prefix in canonical form, `/` or without a slash at the end.
 */
export function makeProbePath(prefix: string, key: KeyObject, nowMs: number): string {
  const text = `${Math.floor(nowMs / 1000)}-${randomBytes(16).toString('base64url')}`
  return `${prefix === '/' ? '' : prefix}${marker}${text}-${macOf(text, key).toString('base64url')}`
}

/** Whether this deployment made the path for a probe within the last minute; clocks of two nodes may differ as much. */
export function isProbePath(path: string, key: KeyObject, nowMs: number): boolean {
  // Nearly every denial ends here.
  if (!path.includes(marker)) return false
  const [, text, seconds, mac] = form.exec(path) ?? []
  if (text === undefined || mac === undefined || Math.abs(nowMs - Number(seconds) * 1000) > goodForMs) return false
  const given = Buffer.from(mac, 'base64url')
  return given.length === macBytes && timingSafeEqual(given, macOf(text, key))
}

function macOf(text: string, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(text).digest().subarray(0, macBytes)
}
