import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { exitCodes, wrongUsage } from '../agent-error'
import { say, type Command, type CommandContext } from '../cli/command'
import { commonOptions, parseOptions, requireOption } from '../cli/parse-options'
import { parseSize, readInput } from '../cli/read-input'
import { escapeUntrusted } from '../escape-untrusted'
import type { GateIdentity } from '../gate/ask-verifier'
import { serveGate, type ListenAddress } from '../gate/serve-gate'
import { parseRequestUrl, type RequestUrl } from '../http/parse-request-url'
import { ByteBudget } from '@/lib/platform/byte-budget'
import { createHttpAgents } from '@/lib/platform/send-request'
import { notEnrolled, openRunningMachine } from '../machine/open-running-machine'
import { parseServerUrl } from '../server/parse-server-url'
import { resolveStateDirectory } from '../store/resolve-state-directory'
import { keepRenewed } from './agent'

const DEFAULT_MAX_BODY = '10MiB'
const MIN_BUDGET_BYTES = 64 * 1024 ** 2

export const gateCommand: Command = {
  name: 'gate',
  summary: 'a reverse proxy that lets only countersigned requests through',
  help: `Usage: countersign gate --server URL --listen ADDRESS --upstream URL --service SLUG
                        [--gateway-key-file FILE] [--max-body 10MiB] [--state DIR]

  --server URL          the verification service
  --listen ADDRESS      127.0.0.1:8080, [::1]:8080, :8080 (every interface) or unix:/path
  --upstream URL        the service to protect: http:// or https:// and host, without a path
  --service SLUG        its name in Countersign
  --gateway-key-file F  a key of this gateway (csg_…). Without it the gate is the enrolled machine of the state
                        directory, which it then holds: an agent beside it needs a directory of its own
  --max-body SIZE       the largest body that is let through; bodies are held in memory to be checked (${DEFAULT_MAX_BODY})
  --allow-http          accept http:// to a verification service on another machine, on a network that you trust
  --state DIR           the state directory of the enrolled machine

The service behind must be reachable through the gate alone, or check Countersign-Assertion itself.
`,
  async run(args, context) {
    const { values } = parseOptions(args, {
      ...commonOptions,
      server: { type: 'string' },
      listen: { type: 'string' },
      upstream: { type: 'string' },
      service: { type: 'string' },
      'gateway-key-file': { type: 'string' },
      'max-body': { type: 'string' },
      'allow-http': { type: 'boolean' },
    } as const)
    const isHttpAllowed = values['allow-http'] === true
    // A gate believes what the TLS connection vouches for; there is no key of the server to compare here.
    const serverUrl = parseServerUrl(requireOption(values.server, '--server'), { isKeyPinned: true, isHttpAllowed })
    const listen = parseListenAddress(requireOption(values.listen, '--listen'))
    const upstream = parseUpstream(requireOption(values.upstream, '--upstream'))
    const service = requireOption(values.service, '--service')
    if (!/^[a-z0-9-]{1,63}$/.test(service)) throw wrongUsage('--service takes the slug of a service: a-z, 0-9 and "-".')
    const maxBodyBytes = parseSize(values['max-body'] ?? DEFAULT_MAX_BODY, '--max-body')
    const { identity, whileServing, close } = await openIdentity(values, context)
    const agents = createHttpAgents()
    try {
      const served = await serveGate(
        {
          verifier: { serverUrl, service, identity, agents },
          ...{ upstream, agents, maxBodyBytes },
          budget: new ByteBudget(Math.max(MIN_BUDGET_BYTES, 16 * maxBodyBytes)),
          log: (line) => say(context, `countersign gate: ${escapeUntrusted(line)}`),
        },
        listen,
      )
      try {
        say(
          context,
          `Gate of ${service}, listening on ${served.address}, before ${upstream.scheme}://${upstream.authority}.`,
        )
        await whileServing()
      } finally {
        await served.close()
      }
    } finally {
      agents.destroy()
      await close()
    }
    return exitCodes.done
  },
}

interface OpenedIdentity {
  readonly identity: GateIdentity
  /** Resolves when the gate is to stop. */
  readonly whileServing: () => Promise<void>
  readonly close: () => Promise<void>
}

async function openIdentity(
  values: { state?: string | undefined; 'gateway-key-file'?: string | undefined },
  context: CommandContext,
): Promise<OpenedIdentity> {
  const path = values['gateway-key-file']
  if (path !== undefined) {
    const key = await readGatewayKey(path, context)
    return {
      identity: { kind: 'gateway-key', key },
      whileServing: () => aborted(context.signal),
      close: () => Promise.resolve(),
    }
  }
  const stateDirectory = resolveStateDirectory(values.state, context.env)
  if (!existsSync(stateDirectory)) throw notEnrolled(stateDirectory)
  const { machine, close } = await openRunningMachine({
    stateDirectory,
    program: 'countersign gate',
    atStep: context.atStep,
  })
  return { identity: { kind: 'machine', machine }, whileServing: () => keepRenewed(machine, context), close }
}

async function readGatewayKey(path: string, context: CommandContext): Promise<string> {
  const key = (await readInput(path, context.stdin, 4_096)).toString('utf8').trim()
  if (!/^csg_[A-Za-z0-9_-]{16,256}$/.test(key)) {
    throw wrongUsage(
      `${escapeUntrusted(path, 300)} holds no gateway key.`,
      'A gateway key begins with csg_ and is shown once, by admin gateway key add.',
    )
  }
  if (path !== '-' && ((await stat(path)).mode & 0o077) !== 0) {
    say(context, `Warning: other users can read ${escapeUntrusted(path, 300)}; close it with chmod 600.`)
  }
  return key
}

function parseUpstream(url: string): RequestUrl {
  const upstream = parseRequestUrl(url)
  if (upstream.target !== '/') {
    throw wrongUsage(
      '--upstream has a path.',
      'The gate forwards the path as it was signed; write only scheme and host.',
    )
  }
  return upstream
}

function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) return { path: text.slice('unix:'.length) }
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]*)):([0-9]{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw wrongUsage('--listen takes an address and a port, such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path.')
  }
  const host = match[1] ?? match[2] ?? ''
  return host === '' ? { port } : { host, port }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
