import { join } from 'node:path'
import { makeTestFolder } from '@/lib/platform/testing/make-test-folder'
import { parseJoinToken } from '@/lib/protocol'
import { enrollMachine } from '../machine/enroll-machine'
import type { AtRenewalStep } from '../machine/generation-keeper'
import { openRunningMachine, type OpenedMachine } from '../machine/open-running-machine'
import { openKeyStore } from '../store/open-key-store'
import type { TestService } from './start-test-service'

/** Enrols a machine in a directory of its own and opens it in this process; it is not renewed yet. */
export async function openTestMachine(
  service: TestService,
  options: { atStep?: AtRenewalStep; socket?: string } = {},
): Promise<OpenedMachine & { stateDirectory: string }> {
  const stateDirectory = join(makeTestFolder(), 'state')
  const opened = await openKeyStore(stateDirectory, { program: 'test' })
  if (opened.outcome === 'held') throw new Error('A new directory is held.')
  const joinToken = parseJoinToken(service.deployment.createJoinToken())
  if (joinToken.outcome === 'refused') throw new Error(joinToken.detail)
  await enrollMachine(opened.store, {
    serverUrl: service.url,
    isHttpAllowed: false,
    serverKey: service.deployment.assertionJwk().kid,
    joinToken,
    name: 'test',
    reported: {},
  })
  await opened.store.close()
  const running = await openRunningMachine({ stateDirectory, program: 'test', ...options })
  return { ...running, stateDirectory }
}
