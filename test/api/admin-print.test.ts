import { expect, test } from 'vitest'
import { parseDuration, parseInstant, parseLabels, parseServiceAuthority } from '@/bin/admin/parse-values'
import { formatFields, formatJson, formatTable } from '@/bin/admin/print'

const hostile = '\u001b[31m<b>\u202e\u200b\nroot'

test('hostile text moves no cursor, hides nothing and breaks no line', () => {
  const table = formatTable(
    ['name', 'state'],
    [
      [hostile, 'active'],
      ['x'.repeat(10_000), null],
    ],
  )
  expect(table.split('\n')).toHaveLength(3)
  expect(table).not.toMatch(/[\p{Cc}\p{Cf}](?<!\n)/u)
  expect(table).toContain('\\u{1b}[31m<b>\\u{202e}\\u{200b}\\u{a}root')
  expect(formatFields([['Name', hostile]])).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('JSON stays what it is, in ASCII', () => {
  const text = formatJson({ name: hostile, other: 'Grüße 🙂\u009b' })
  expect(text).toMatch(/^[\x20-\x7e\n]*$/)
  expect(JSON.parse(text)).toEqual({ name: hostile, other: 'Grüße 🙂\u009b' })
})

test('durations, instants, labels and authorities are read as they are written', () => {
  expect([parseDuration('90s'), parseDuration('15m'), parseDuration('24h'), parseDuration('30d')]).toEqual([
    90, 900, 86_400, 2_592_000,
  ])
  for (const text of ['', '0s', '1', '1w', '-1h', '1.5h', '1h ']) expect(() => parseDuration(text)).toThrow('duration')
  expect(parseInstant('2h', new Date('2026-11-22T12:00:00Z'))).toBe('2026-11-22T10:00:00.000Z')
  expect(parseLabels(['env=prod', 'ref=a=b'])).toEqual({ env: 'prod', ref: 'a=b' })
  expect(() => parseLabels(['env'])).toThrow('key=value')
  expect(parseServiceAuthority('orders.example:8443/v1/orders')).toEqual({
    authority: 'orders.example:8443',
    pathPrefix: '/v1/orders',
  })
  expect(parseServiceAuthority('[::1]:80')).toEqual({ authority: '[::1]:80', pathPrefix: '/' })
})
