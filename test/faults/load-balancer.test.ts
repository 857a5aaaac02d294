import { expect, test } from 'vitest'
import { revokeBehindLoadBalancer } from './support/revoke-behind-load-balancer'

// The whole minute, and what a call may take, is in long/load-balancer.long.ts: here other tests share the machine.
test('three nodes behind a load balancer: nothing sent after a revocation returned is allowed, and nobody else is denied', async () => {
  const { tookMs, answers } = await revokeBehindLoadBalancer({ seconds: 6, revocations: 0 })
  process.stdout.write(`Revoked in ${tookMs.toFixed(1)} ms, among ${answers} requests.\n`)
  expect(answers).toBeGreaterThan(300)
})
