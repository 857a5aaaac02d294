import type { JoinToken } from '@/lib/contract/join-tokens'

/** "Nobody enrols with it any more: 3 uses of 5 are lost. The 2 machines that enrolled with it stay." */
export function describeJoinTokenRevocation({ usesTaken, usesAllowed, state }: JoinToken): string {
  const left = usesAllowed - usesTaken
  const lost =
    state === 'usable'
      ? `Nobody enrols with it any more: ${counted(left, 'use')} of ${usesAllowed.toLocaleString('en')} ${left === 1 ? 'is' : 'are'} lost.`
      : 'It lets nobody in as it is; revoking says that it should not have.'
  if (usesTaken === 0) return `${lost} No machine enrolled with it.`
  return usesTaken === 1
    ? `${lost} The machine that enrolled with it stays; revoke that one by itself if it should go.`
    : `${lost} The ${usesTaken.toLocaleString('en')} machines that enrolled with it stay; revoke those by themselves if they should go.`
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
