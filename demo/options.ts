import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** The console's port; the services stand on the ones after it. */
  readonly port: number
  readonly gateway: 'nginx' | 'gate' | 'whichever'
}

export const defaultPort = 4600

export const usage = `Usage: npm run demo -- [--port ${defaultPort}] [--gateway nginx|gate]

Starts Countersign with services, machines that call them and attacks that repeat, all on this machine and in a
folder of their own. Ctrl-C ends all of it and removes the folder.

  --port PORT      where the console is; the services take the ports after it (default ${defaultPort})
  --gateway KIND   what stands before the orders API: nginx when it is installed, else countersign gate
`

/** Input: the command line's arguments. Throws with words for the person who typed them. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { port: { type: 'string' }, gateway: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) return 'help'
  const port = Number(values.port ?? defaultPort)
  if (!Number.isInteger(port) || port < 1024 || port > 65_000)
    throw new Error('--port takes a number from 1024 to 65000.')
  const { gateway = 'whichever' } = values
  if (gateway !== 'nginx' && gateway !== 'gate' && gateway !== 'whichever') {
    throw new Error('--gateway takes nginx or gate.')
  }
  return { port, gateway }
}
