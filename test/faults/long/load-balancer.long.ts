import { expect, test } from 'vitest'
import { p99, revokeBehindLoadBalancer } from '../support/revoke-behind-load-balancer'

test('a minute of load on three nodes behind a load balancer, one machine revoked in the middle and 200 after it', async () => {
  const { tookMs, others, answers } = await revokeBehindLoadBalancer({ seconds: 60, revocations: 200 })
  process.stdout.write(
    `Revoked in ${tookMs.toFixed(1)} ms among ${answers} requests; of ${others.length} more the 99th percentile took ` +
      `${p99(others).toFixed(1)} ms.\n`,
  )
  expect(others).toHaveLength(200)
  expect(p99(others)).toBeLessThan(50)
})
