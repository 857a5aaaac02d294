/** By what a machine is taken to exist twice (protocol.md, section 8), in words for people. */
export const forkKinds = {
  sequence_reused: 'Two requests carry the same number',
  sequence_above_last: 'A number was used that the machine says it never gave out',
  generation_renewed_twice: 'Two different successors were asked for',
} as const

export type ForkKind = keyof typeof forkKinds
