import type { Overview } from '@/lib/contract/overview'

export interface SetUpStep {
  readonly isDone: boolean
  readonly title: string
  readonly advice: string
  readonly href: string
  readonly action: string
}

/** What to do on an empty system, in order. */
export function setUpSteps(setUp: Overview['setUp']): readonly SetUpStep[] {
  return [
    {
      isDone: setUp.hasService,
      title: 'Add a service',
      advice: 'The API that only machines with a countersign may call.',
      href: '/services/new',
      action: 'Add a service',
    },
    {
      isDone: setUp.hasGateway,
      title: 'Give its gateway a key',
      advice: 'nginx, Caddy or the gate asks Countersign about each request. The configuration is ready to paste.',
      href: '/services',
      action: 'Add a gateway',
    },
    {
      isDone: setUp.hasJoinToken || setUp.hasMachine,
      title: 'Create a join token',
      advice: 'It lets machines in, with the labels that you give it.',
      href: '/enrollment?new=true',
      action: 'Create a join token',
    },
    {
      isDone: setUp.hasMachine,
      title: 'Enrol a machine',
      advice: 'Run the one command that a new join token shows. The machine appears here by itself.',
      href: '/enrollment?new=true',
      action: 'Create a join token',
    },
    {
      isDone: setUp.hasDecision,
      title: 'Send a first request',
      advice: 'Through the agent: countersign fetch, a sidecar or the library.',
      href: '/credential-use?live=true',
      action: 'Watch it arrive',
    },
  ]
}

export function isSetUp(setUp: Overview['setUp']): boolean {
  return setUpSteps(setUp).every((step) => step.isDone)
}
