import type { AttackWorld } from './attacks/attack-world'
import { changedRequest } from './attacks/changed-request'
import { copiedState, type Response } from './attacks/copied-state'
import { lateRequest } from './attacks/late-request'
import { misdirectedRequest } from './attacks/misdirected-request'
import { replayedRequest } from './attacks/replayed-request'
import { stolenKey } from './attacks/stolen-key'
import { callService, loopbackAddress } from './call-service'
import { keepCalling } from './keep-calling'
import { maintenance } from './office-work'
import type { Stage } from './open-stage'
import { repeatStory, type Story } from './repeat'

/** Lets the machines call, and the attacks and the operators' answers happen, until the signal; resolves when all have ended. */
export async function playStories(
  stage: Stage,
  signal: AbortSignal,
  onFailure: (name: string, error: unknown) => void,
): Promise<void> {
  const { machines, people, places, states } = stage
  const world: AttackWorld = {
    places,
    machine: (name) => machines.get(name),
    attackerAddress: loopbackAddress(66, 6),
  }
  const response: Response = {
    async release(machine, reason) {
      await people.asOnCall('POST', `/machines/${machine.id}/release`, { reason })
    },
    async replace(machine, reason) {
      await people.asOnCall('POST', `/machines/${machine.id}/revoke`, { reason })
      await machines.replace(machine, people.asOnCall)
    },
  }
  const calling = machines.all().map(({ facts }) => keepCalling(() => machines.get(facts.name), places, signal))
  const stories = [
    stolenKey(world),
    replayedRequest(world),
    changedRequest(world),
    lateRequest(world),
    misdirectedRequest(world),
    copiedState(world, response, states),
    maintenance(people, machines),
    forgottenScript(world),
  ]
  await Promise.all([...calling, ...stories.map((story) => repeatStory(story, signal, onFailure))])
}

/** The inventory is only observed yet: an old script that knows nothing of Countersign still passes, and shows. */
function forgottenScript({ places }: AttackWorld): Story {
  const sent = { method: 'GET', target: '/v1/stock/export?format=csv', headers: [], body: undefined }
  return {
    name: 'a script that is not moved yet',
    firstAfterSeconds: 2,
    everySeconds: 20,
    async run() {
      await callService(places.inventory, sent, loopbackAddress(90, 9))
    },
  }
}
