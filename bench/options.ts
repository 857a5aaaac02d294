import { parseArgs } from 'node:util'

export interface BenchOptions {
  readonly connections: readonly number[]
  readonly seconds: number
  readonly warmUpSeconds: number
  /** How often everything is measured, one round after the other. */
  readonly rounds: number
  /** Only subjects whose name holds this text. */
  readonly only: string | undefined
  /** Puts the figures into bench/README.md, or with `profile` flame graphs into bench/flame-graphs. */
  readonly write: boolean
  /** Instead of the table: one subject under load until it has decided so often, and its memory. */
  readonly soak: number | undefined
  /** Runs Countersign under the processor's profiler. */
  readonly profile: boolean
  /** The command that gives these figures again. */
  readonly command: string
}

export const usage = `npm run bench -- [options]
  --quick              2 seconds a point instead of 6
  --connections LIST   instead of 1,64,256
  --rounds N           everything so often, minutes apart; the table shows the best of each point, and the other end
  --only TEXT          only what has TEXT in its name, e.g. "PostgreSQL"
  --soak N             one subject (the first of --only) until it has decided N times: its memory
  --profile            Countersign under --cpu-prof; prints where its time goes (and is slower)
  --write              puts the figures of a whole, unhurried run into bench/README.md;
                       with --profile instead flame graphs of what was profiled into bench/flame-graphs`

const defaultConnections = [1, 64, 256]
const mostConnections = 1_024

/** Reads the arguments; undefined when help is asked for. Throws with words for the caller when they do not fit. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      connections: { type: 'string' },
      rounds: { type: 'string', default: '1' },
      only: { type: 'string' },
      profile: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      soak: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const connections = values.connections?.split(',').map(Number) ?? defaultConnections
  if (!connections.every((count) => Number.isInteger(count) && count >= 1 && count <= mostConnections)) {
    throw new Error(`--connections takes whole numbers from 1 to ${mostConnections}, with commas between them.`)
  }
  const rounds = Number(values.rounds)
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds takes a number of rounds.')
  const soak = values.soak === undefined ? undefined : Number(values.soak)
  if (soak !== undefined && !(Number.isInteger(soak) && soak > 0))
    throw new Error('--soak takes a number of decisions.')
  const isPartial = values.quick || values.only !== undefined || values.connections !== undefined || soak !== undefined
  if (values.write && isPartial && !values.profile)
    throw new Error('--write takes a whole run: without --quick, --connections, --only.')
  return {
    connections,
    seconds: values.quick ? 2 : 6,
    warmUpSeconds: values.quick ? 1 : 2,
    rounds,
    only: values.only,
    write: values.write,
    soak,
    profile: values.profile,
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  }
}
