import { trustDomainPattern } from '@/lib/server/settings'
import { usageError } from './admin-error'

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** `90s`, `15m`, `24h`, `30d`, in seconds. */
export function parseDuration(text: string): number {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text)
  const unit = units[match?.[2] ?? '']
  if (match === null || unit === undefined)
    throw usageError(`"${text}" is no duration; write it as 90s, 15m, 24h or 30d.`)
  return Number(match[1]) * unit
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageError(`"${text}" is no whole number above zero.`)
  return Number(text)
}

/** `on` or `off`. */
export function parseSwitch(text: string): boolean {
  if (text === 'on') return true
  if (text === 'off') return false
  throw usageError(`"${text}" is neither on nor off.`)
}

/** `key=value`, cut at the first equals sign. */
export function parseLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const cut = text.indexOf('=')
      if (cut < 1) throw usageError(`"${text}" is no label; write it as key=value.`)
      return [text.slice(0, cut), text.slice(cut + 1)]
    }),
  )
}

/** `host[:port][/prefix]`. */
export function parseServiceAuthority(text: string): { authority: string; pathPrefix: string } {
  const slash = text.indexOf('/')
  if (/^[a-z]+:\/\//i.test(text)) throw usageError(`"${text}" is a URL; leave the scheme away: host[:port][/prefix].`)
  return slash === -1
    ? { authority: text, pathPrefix: '/' }
    : { authority: text.slice(0, slash), pathPrefix: text.slice(slash) }
}

/** `a,b,c`; an empty text is the empty list. */
export function parseNames(text: string): string[] {
  return text === '' ? [] : text.split(',').map((name) => name.trim())
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** An instant of RFC 3339, or a duration before now: `--since 2h`. */
export function parseInstant(text: string, now: Date): string {
  if (/^\d+[smhd]$/.test(text)) return new Date(now.getTime() - parseDuration(text) * 1000).toISOString()
  return text
}

/** Without the keys whose value is undefined: what was not given is not sent. */
export function given<Values extends object>(
  values: Values,
): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof Values]?: Exclude<Values[Key], undefined> }
}

/** SPIFFE ID, section 2.1. */
export function parseTrustDomain(text: string): string {
  if (!trustDomainPattern.test(text)) {
    throw usageError(`"${text}" is no trust domain: up to 255 of a-z, 0-9, dot, dash and underscore.`)
  }
  return text
}
