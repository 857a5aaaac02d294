/** The protocol of Countersign, version 1: signatures, keys, nonces, machine messages. Pure: no I/O, clock, environment or randomness. */
export type * from './types'
export { EpochKey, SharedSecret } from './secret-keys'
export * from './skeleton'
