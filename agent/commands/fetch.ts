import type { IncomingMessage } from 'node:http'
import { adviceFor, exitCodes, unreachableBody, type ExitCode } from '../agent-error'
import { say, writeTo, type Command, type CommandContext } from '../cli/command'
import { escapeUntrusted } from '../escape-untrusted'
import { readProblem } from '../http/problem-document'
import { callCountersigned } from '../signer/call-countersigned'
import { readRequestArguments, requestHelp } from './request-arguments'

const TIMEOUT_MS = 60_000

export const fetchCommand: Command = {
  name: 'fetch',
  summary: 'countersign one request, make the call and print the answer',
  help: `Usage: countersign fetch METHOD URL [-i] [-H 'Name: value' …] [--data TEXT | --data-file FILE] [--state DIR]

Prints the body of the answer; the status goes to standard error. Redirects are not followed.

  -i, --include         print the answer's status line and header fields before the body
${requestHelp}`,
  async run(args, context) {
    const { request, openSigner, values } = await readRequestArguments(args, context)
    const signer = await openSigner()
    try {
      const response = await callCountersigned(signer, request, { timeoutMs: TIMEOUT_MS, signal: context.signal })
      return await printAnswer(context, response, values.include === true)
    } finally {
      await signer.close()
    }
  },
}

async function printAnswer(
  context: CommandContext,
  response: IncomingMessage,
  isHeadWanted: boolean,
): Promise<ExitCode> {
  const status = response.statusCode ?? 0
  const statusLine = `HTTP/${response.httpVersion} ${status} ${response.statusMessage ?? ''}`.trimEnd()
  say(context, escapeUntrusted(statusLine))
  if (isHeadWanted) {
    const lines = [statusLine]
    for (let index = 0; index < response.rawHeaders.length; index += 2) {
      lines.push(`${response.rawHeaders[index]}: ${response.rawHeaders[index + 1]}`)
    }
    await writeTo(context.stdout, `${lines.map((line) => escapeUntrusted(line, 16_384)).join('\n')}\n\n`)
  }
  try {
    // The body as it is: it goes to a file or a program as often as to a terminal, and is for the caller to judge.
    for await (const chunk of response as AsyncIterable<Buffer>) await writeTo(context.stdout, chunk)
  } catch (error) {
    throw unreachableBody(escapeUntrusted(error instanceof Error ? error.message : 'unknown error'))
  }
  const problem = readProblem(response)
  if (problem !== null) {
    const advice = adviceFor(problem.code) ?? problem.advice
    say(
      context,
      `countersign fetch: refused, ${problem.code}: ${escapeUntrusted(`${problem.title} ${problem.detail}`.trim())}`,
      ...(advice === undefined ? [] : [escapeUntrusted(advice, 500)]),
    )
    return exitCodes.refused
  }
  if (status !== 401 && status !== 403) return exitCodes.done
  say(
    context,
    `countersign fetch: refused with status ${status}, and not by Countersign's own words.`,
    'Either the service itself refused (its own API key or token?), or its gateway does not pass on Countersign-Problem.',
  )
  return exitCodes.refused
}
