import type { HttpField } from '@/lib/protocol'
import { wrongUsage } from '../agent-error'
import type { CommandContext } from '../cli/command'
import { commonOptions, parseOptions } from '../cli/parse-options'
import { readInput } from '../cli/read-input'
import { prepareRequest, type PreparedRequest } from '../http/prepare-request'
import { openSigner } from '../signer/open-signer'
import type { Signer } from '../signer/signer'
import { resolveStateDirectory } from '../store/resolve-state-directory'

const MAX_HEADER_BYTES = 64 * 1024
const MAX_DATA_BYTES = 1024 ** 3
/** What curl sends with `--data` unless told otherwise, so that the lines of `sign` fit a curl with the same options. */
const DEFAULT_CONTENT_TYPE = 'application/x-www-form-urlencoded'

export const requestOptions = {
  ...commonOptions,
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  'data-file': { type: 'string' },
  socket: { type: 'string' },
} as const

export const requestHelp = `  METHOD URL            the request, exactly as it is to be sent
  -H, --header 'Name: value'
                        a header field; repeat it for more. -H @FILE reads lines from a file (- is standard input),
                        which keeps secrets out of the process list
  -d, --data TEXT       the body; without a Content-Type header it goes as ${DEFAULT_CONTENT_TYPE}
  --data-file FILE      the body from a file (- is standard input)
  --socket PATH         ask the agent on this socket ($COUNTERSIGN_SOCKET)
  --state DIR           the state directory ($COUNTERSIGN_STATE_DIR, else /var/lib/countersign for root,
                        else ~/.local/state/countersign)

With a running agent it signs. Without one, this command takes the state directory, renews the machine, signs this one
request and ends.
`

/** The request that `sign` and `fetch` are given, and who signs it. */
export async function readRequestArguments(
  args: readonly string[],
  context: CommandContext,
): Promise<{ request: PreparedRequest; openSigner: () => Promise<Signer>; values: { include?: boolean | undefined } }> {
  const { values, positionals } = parseOptions(
    args,
    { ...requestOptions, include: { type: 'boolean', short: 'i' } } as const,
    2,
  )
  const [method = '', url = ''] = positionals
  if (values.data !== undefined && values['data-file'] !== undefined) {
    throw wrongUsage('--data and --data-file are both given; a request has one body.')
  }
  const body =
    values['data-file'] === undefined
      ? values.data === undefined
        ? undefined
        : Buffer.from(values.data)
      : await readInput(values['data-file'], context.stdin, MAX_DATA_BYTES)
  const headers = await readHeaders(values.header ?? [], context)
  if (body !== undefined && !headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    headers.push(['Content-Type', DEFAULT_CONTENT_TYPE])
  }
  const socketPath = values.socket ?? context.env['COUNTERSIGN_SOCKET']
  return {
    request: prepareRequest(method, url, headers, body),
    openSigner: () =>
      openSigner({
        stateDirectory: resolveStateDirectory(values.state, context.env),
        socketPath: socketPath === '' ? undefined : socketPath,
        program: 'countersign (one request)',
        signal: context.signal,
        ...(context.atStep === undefined ? {} : { atStep: context.atStep }),
      }),
    values,
  }
}

async function readHeaders(lines: readonly string[], context: CommandContext): Promise<HttpField[]> {
  const fields: HttpField[] = []
  for (const line of lines) {
    if (!line.startsWith('@')) fields.push(parseHeaderLine(line))
    else {
      const text = (await readInput(line.slice(1), context.stdin, MAX_HEADER_BYTES)).toString('latin1')
      for (const part of text.split(/\r?\n/)) if (part.trim() !== '') fields.push(parseHeaderLine(part))
    }
  }
  return fields
}

function parseHeaderLine(line: string): HttpField {
  const colon = line.indexOf(':')
  // Never the line itself: it may be a secret without its name.
  if (colon < 1) throw wrongUsage("A header field is written as -H 'Name: value'.")
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}
