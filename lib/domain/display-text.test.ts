import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayText, isPlainText } from './display-text'

test.each([
  ['plain text & <b>', 'plain text & <b>'],
  ['Grüße, 東京, עברית, हिन्दी, Việt, 🙂', 'Grüße, 東京, עברית, हिन्दी, Việt, 🙂'],
  ['\u001b[31mred\u0007', '\\u{1b}[31mred\\u{7}'],
  ['line\r\nline\ttab', 'line\\u{d}\\u{a}line\\u{9}tab'],
  ['a\u202eb\u2066c\u200fd\u061c', 'a\\u{202e}b\\u{2066}c\\u{200f}d\\u{61c}'],
  ['a\u200bb\ufeffc\u00add', 'a\\u{200b}b\\u{feff}c\\u{ad}d'],
  ['a\u2028b\u0085c', 'a\\u{2028}b\\u{85}c'],
  ['a\u00a0b\u3000c', 'a\\u{a0}b\\u{3000}c'],
  ['\ud800x', '\\u{d800}x'],
  ['tag\u{e0041}', 'tag\\u{e0041}'],
  ['\u0301accent first', '\\u{301}accent first'],
  [`z${'\u0336'.repeat(5)}`, 'z\u0336\u0336\\u{336}\\u{336}\\u{336}'],
  ['C:\\dir', 'C:\\dir'],
  ['\\u{202e}', '\\u{5c}u{202e}'],
])('%j is shown as %j', (text, shown) => {
  expect(displayText(text)).toBe(shown)
  expect(isPlainText(text)).toBe(text === shown)
})

test('long text is cut and says so, without cutting a character in two', () => {
  expect(displayText('x'.repeat(300), 10)).toBe(`${'x'.repeat(9)}…`)
  expect(displayText('🙂'.repeat(300), 4)).toBe('🙂🙂🙂…')
  expect(displayText('x'.repeat(10), 10)).toBe('x'.repeat(10))
  expect(displayText('y'.repeat(10_000_000)).length).toBe(256)
})

test('whatever goes in, nothing comes out that acts on a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const shown = displayText(text)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    }),
  )
})
