import { describe, expect, it } from 'vitest'
import { parseAuthority } from './parse-authority'

describe('parseAuthority', () => {
  it.each([
    ['orders.example', 'https', 'orders.example'],
    ['Orders.EXAMPLE', 'https', 'orders.example'],
    ['orders.example:443', 'https', 'orders.example'],
    ['orders.example:80', 'http', 'orders.example'],
    ['orders.example:443', 'http', 'orders.example:443'],
    ['orders.example:80', 'https', 'orders.example:80'],
    ['localhost:3000', 'http', 'localhost:3000'],
    ['orders_v2.internal', 'http', 'orders_v2.internal'],
    ['127.0.0.1:3000', 'http', '127.0.0.1:3000'],
    ['[::1]:3000', 'http', '[::1]:3000'],
    ['[2001:DB8:0:0:1:0:0:1]', 'https', '[2001:db8::1:0:0:1]'],
    ['[0:0:0:0:0:0:0:0]', 'https', '[::]'],
    ['[1:2:3:4:5:6:7::]', 'https', '[1:2:3:4:5:6:7:0]'],
    ['[::ffff:7f00:1]', 'https', '[::ffff:7f00:1]'],
  ] as const)('makes %j over %s canonical', (raw, scheme, authority) => {
    expect(parseAuthority(raw, scheme)).toMatchObject({ outcome: 'parsed', authority })
  })

  it.each([
    '',
    '.',
    'orders.example.',
    'orders..example',
    '-orders.example',
    'orders-.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}b`,
    'orders.example:',
    'orders.example:0',
    'orders.example:080',
    'orders.example:65536',
    'orders.example:1e3',
    'user@orders.example',
    'orders.example/a',
    'orders.example?a',
    'orders.example#a',
    'orders.example\\a',
    'orders%2eexample',
    'orders.example ',
    ' orders.example',
    'a,b',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0x7f000001',
    '127.0.0.01',
    '256.0.0.1',
    '1.2.3.4.5',
    '::1',
    '[::1',
    '[:::1]',
    '[1::2::3]',
    '[1:2:3:4:5:6:7]',
    '[1:2:3:4:5:6:7:8:9]',
    '[1:2:3:4:5:6:7::8]',
    '[12345::]',
    '[fe80::1%25eth0]',
    '[::ffff:127.0.0.1]',
    'b\u00fccher.example',
    // The Kelvin sign, which lower-cases to k.
    'boo\u212a.example',
  ])('refuses %j', (raw) => {
    expect(parseAuthority(raw).outcome).toBe('refused')
  })
})
