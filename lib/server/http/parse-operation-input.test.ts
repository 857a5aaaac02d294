import { expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import { parseOperationInput, type RawInput } from './parse-operation-input'

const raw = (input: Partial<RawInput> & { text?: string }): RawInput => ({
  params: {},
  query: '',
  contentType: 'application/json',
  ...input,
  body: Buffer.from(input.text ?? ''),
})
const parseService = (text: string, contentType = 'application/json') =>
  parseOperationInput(operations.createService, raw({ text, contentType }))

test('a body is taken in UTF-8, with or without its charset, and defaults are filled in', () => {
  const text = '{"slug":"a","authorities":[{"authority":"a.example"}]}'
  for (const contentType of [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json;charset="UTF-8"',
  ]) {
    const parsed = parseService(text, contentType)
    expect(parsed).toMatchObject({ outcome: 'parsed', input: { body: { slug: 'a', mode: 'enforce' } } })
  }
  for (const contentType of ['text/plain', 'application/json; charset=utf-16', 'application/jsonp', '']) {
    expect(parseService(text, contentType)).toMatchObject({ code: 'request_malformed' })
  }
})

test.each([
  ['not JSON', '{'],
  ['a list', '[]'],
  ['a number', '1'],
  ['a byte order mark', '\ufeff{}'],
  ['forty levels', `${'['.repeat(40)}${']'.repeat(40)}`],
  ['the prototype', '{"__proto__":{"slug":"a"}}'],
  ['the prototype further down', '{"slug":"a","authorities":[{"authority":"a"}],"machineSelector":{"__proto__":"x"}}'],
  ['a field twice over', '{"slug":"a","slug":"B","authorities":[{"authority":"a"}]}'],
])('%s is refused', (_, text) => {
  expect(parseService(text)).toMatchObject({ outcome: 'refused', code: 'request_malformed' })
})

test('brackets inside strings are no depth', () => {
  const name = `${'['.repeat(30)} \\" ${'{'.repeat(30)}`
  const parsed = parseService(`{"slug":"a","name":"${name}","authorities":[{"authority":"a"}]}`)
  expect(parsed.outcome).toBe('parsed')
})

test('bytes that are not UTF-8 are refused, and so is too much of anything', () => {
  const operation = operations.createService
  expect(parseOperationInput(operation, { ...raw({}), body: Buffer.from([0x22, 0xff, 0x22]) })).toMatchObject({
    code: 'request_malformed',
  })
  expect(parseOperationInput(operation, { ...raw({}), body: Buffer.alloc(65_537, 0x20) })).toMatchObject({
    code: 'request_too_large',
  })
})

test('all problems are told, each with its field, and what the caller called an unknown field is not repeated when it is odd', () => {
  const parsed = parseService('{"slug":"A","authorities":[],"\\u001b[31m":1,"colour":2}')
  expect(parsed).toMatchObject({ outcome: 'refused' })
  if (parsed.outcome === 'parsed') return
  expect(parsed.fields?.map((field) => field.path)).toEqual(['body.slug', 'body.authorities', 'body'])
  expect(JSON.stringify(parsed.fields)).toContain('colour')
  expect(JSON.stringify(parsed.fields)).not.toContain('u001b')
})

test('a query takes each parameter once, lists several times, and nothing else', () => {
  const parse = (query: string) => parseOperationInput(operations.listMachines, raw({ query }))
  expect(parse('limit=7&label=a%3Db&label=c%3Dd')).toMatchObject({
    input: {
      query: {
        limit: 7,
        label: [
          { key: 'a', value: 'b' },
          { key: 'c', value: 'd' },
        ],
      },
    },
  })
  expect(parse('label=a%3Db%3Dc')).toMatchObject({ input: { query: { label: [{ key: 'a', value: 'b=c' }] } } })
  for (const query of [
    'limit=1&limit=2',
    'limit=',
    'limit=1.5',
    'limit=%201',
    'limit=0x10',
    'x=1',
    '__proto__=1',
    '=',
  ]) {
    expect([query, parse(query)]).toMatchObject([query, { code: 'request_malformed' }])
  }
})

test('an operation without a body takes none', () => {
  expect(parseOperationInput(operations.getWhoami, raw({ text: '{}' }))).toMatchObject({ code: 'request_malformed' })
  expect(parseOperationInput(operations.getWhoami, raw({}))).toMatchObject({ outcome: 'parsed' })
})
