import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './hash-password'

test('a password verifies against its hash, another does not, and two hashes of one differ', async () => {
  const [first, second] = await Promise.all([
    hashPassword('correct horse battery'),
    hashPassword('correct horse battery'),
  ])
  expect(first).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(first).not.toBe(second)
  expect(await verifyPassword('correct horse battery', first)).toEqual({ outcome: 'verified' })
  expect(await verifyPassword('correct horse batterz', first)).toEqual({ outcome: 'refused' })
})

test('the same characters in another composition are the same password', async () => {
  expect(await verifyPassword('Pa\u0308sse und Pa\u0308sse', await hashPassword('P\u00e4sse und P\u00e4sse'))).toEqual({
    outcome: 'verified',
  })
})

test.each(['', 'plain', '$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA', '$argon2id$v=19$m=1$a$b'])(
  'an encoding that is not ours verifies nothing: %s',
  async (encoded) => {
    expect(await verifyPassword('x', encoded)).toEqual({ outcome: 'refused' })
  },
)
