import { expect, test } from 'vitest'
import { percentile, revokeBehindLoadBalancer } from '../support/revoke-behind-load-balancer'

test('a minute of load on three nodes behind a load balancer, one machine revoked in the middle and 200 after it', async () => {
  const { tookMs, others, answers } = await revokeBehindLoadBalancer({ seconds: 60, revocations: 200 })
  process.stdout.write(
    `Revoked in ${tookMs.toFixed(1)} ms among ${answers} requests; of ${others.length} more half took up to ` +
      `${percentile(others, 50).toFixed(1)} ms, 99 of 100 up to ${percentile(others, 99).toFixed(1)} ms.\n`,
  )
  expect(others).toHaveLength(200)
  expect(percentile(others, 99)).toBeLessThan(50)
})
