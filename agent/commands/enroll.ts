import { hostname } from 'node:os'
import { parseJoinToken, type ParsedJoinToken } from '@/lib/protocol'
import { exitCodes, refused, wrongUsage } from '../agent-error'
import { say, type Command, type CommandContext } from '../cli/command'
import { commonOptions, parseOptions, requireOption } from '../cli/parse-options'
import { readInput } from '../cli/read-input'
import { escapeUntrusted } from '../escape-untrusted'
import { enrollMachine } from '../machine/enroll-machine'
import { parseServerUrl } from '../server/parse-server-url'
import { openKeyStore, storeHeld } from '../store/open-key-store'
import { resolveStateDirectory } from '../store/resolve-state-directory'

/** The service takes 32; two are the program's own. */
const MAX_REPORTED = 30

export const enrollCommand: Command = {
  name: 'enroll',
  summary: 'make this machine’s keys and register their public halves',
  help: `Usage: countersign enroll --server URL [--server-key sha256:…] (--token-file FILE | --token TOKEN)
                          [--name NAME] [--report key=value …] [--state DIR]

  --server URL          the verification service; https, or http on this machine itself
  --server-key sha256:… the fingerprint of its key, as the console shows it. Without it the key that the server shows is
                        believed, this once
  --token-file FILE     the join token (- is standard input)
  --token TOKEN         the join token as an argument, where other users of this machine can see it
  --name NAME           what the machine is called; its host name by default
  --report key=value    something the machine says about itself; shown to operators, never decided by
  --allow-http          accept http:// to another machine; needs --server-key
  --state DIR           where the keys are kept, 0700

If a try is cut off, run it again: the same keys are sent, and the service answers the same.
`,
  async run(args, context) {
    const { values, positionals } = parseOptions(
      args,
      {
        ...commonOptions,
        server: { type: 'string' },
        'server-key': { type: 'string' },
        'token-file': { type: 'string' },
        token: { type: 'string' },
        name: { type: 'string' },
        report: { type: 'string', multiple: true },
        'allow-http': { type: 'boolean' },
      } as const,
      'any',
    )
    const serverKey = parseServerKey(values['server-key'])
    const isHttpAllowed = values['allow-http'] === true
    const serverUrl = parseServerUrl(requireOption(values.server, '--server'), {
      isKeyPinned: serverKey !== undefined,
      isHttpAllowed,
    })
    // The first --report takes one value, and `--report a=1 b=2` leaves the others as arguments.
    const reported = parseReported([...(values.report ?? []), ...positionals])
    const stateDirectory = resolveStateDirectory(values.state, context.env)
    const opened = await openKeyStore(stateDirectory, { program: 'countersign enroll' })
    if (opened.outcome === 'held') throw storeHeld(stateDirectory, opened.holder)
    const store = opened.store
    try {
      const existing = await store.readMachine()
      if (existing !== null) {
        // A crash between the last two steps of an enrolment leaves this file behind.
        await store.deletePendingEnrollment()
        throw refused(
          'already_enrolled',
          `This machine is enrolled already: ${existing.machineId} at ${existing.serverUrl}.`,
          'It needs no second enrolment. For another machine, choose another --state directory.',
        )
      }
      const joinToken = await readJoinToken(values, context)
      if (isHttpAllowed) say(context, 'Warning: over http:// anybody on the way can read what is sent.')
      const state = await enrollMachine(store, {
        ...{ serverUrl, isHttpAllowed, serverKey, joinToken },
        name: values.name || hostname().slice(0, 255) || 'machine',
        reported: { hostname: hostname() || 'unknown', platform: `${process.platform}-${process.arch}`, ...reported },
        atStep: context.atStep,
      })
      if (serverKey === undefined) {
        say(
          context,
          `The server's key was believed without being compared: sha256:${state.assertionKeys[0]?.kid ?? ''}`,
          'Compare it with the console, or give it with --server-key the next time.',
        )
      }
      say(context, `Enrolled: ${state.machineId} (${escapeUntrusted(state.name)}), generation ${state.generation}.`)
      say(context, 'Start the agent with: countersign agent, or make one call with: countersign fetch')
      return exitCodes.done
    } finally {
      await store.close()
    }
  },
}

async function readJoinToken(
  values: { token?: string | undefined; 'token-file'?: string | undefined },
  context: CommandContext,
): Promise<ParsedJoinToken> {
  if ((values.token === undefined) === (values['token-file'] === undefined)) {
    throw wrongUsage('Give the join token with --token-file FILE (- is standard input), or with --token.')
  }
  if (values.token !== undefined) {
    say(
      context,
      'Warning: a token given as an argument can be seen by other users of this machine and stays in the shell’s history; --token-file is better.',
    )
  }
  const text = values.token ?? (await readInput(values['token-file'] ?? '-', context.stdin, 4_096)).toString('utf8')
  const parsed = parseJoinToken(text.trim())
  if (parsed.outcome === 'refused') {
    throw wrongUsage(
      'What was given as the join token is not one.',
      'A join token begins with csj_ and is shown once, by admin join-token create.',
    )
  }
  return parsed
}

function parseServerKey(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const thumbprint = /^sha256:([A-Za-z0-9_-]{43})$/.exec(text)?.[1]
  if (thumbprint === undefined) {
    throw wrongUsage('--server-key is written sha256: and 43 characters, as the console shows it.')
  }
  return thumbprint
}

function parseReported(pairs: readonly string[]): Record<string, string> {
  if (pairs.length > MAX_REPORTED) throw wrongUsage(`At most ${MAX_REPORTED} things can be reported.`)
  return Object.fromEntries(
    pairs.map((pair) => {
      const match = /^([A-Za-z][A-Za-z0-9._-]{0,63})=(.{1,1024})$/s.exec(pair)
      if (match === null)
        throw wrongUsage(
          '--report takes key=value: a key of letters, digits, ".", "_" and "-", and a value that is not empty.',
        )
      return [match[1] ?? '', match[2] ?? '']
    }),
  )
}
