import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleChildProgram, startChildProgram, type ChildProgram } from '@/lib/platform/testing/start-child-program'
import type { TestService } from './start-test-service'

/** The command as a process of its own. The step at which it kills itself is an argument of this test program alone. */
export function bundleAgent(): string {
  return bundleChildProgram(`
    import { main } from '@/agent/cli/main'
    const killAt = process.argv.splice(2, 1)[0]
    await main((step) => {
      if (step === killAt) process.kill(process.pid, 'SIGKILL')
    })
  `)
}

export interface CommandResult {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

export interface AgentRunner {
  readonly stateDirectory: string
  /** Runs a command to its end. */
  run(...args: string[]): Promise<CommandResult>
  /** As `run`, killed at the named step. */
  runKilledAt(step: string, ...args: string[]): Promise<CommandResult>
  /** As `run`, with this on standard input. */
  runWithInput(input: string, ...args: string[]): Promise<CommandResult>
  start(...args: string[]): ChildProgram
  /** Enrols with a new join token from a file. */
  enroll(service: TestService): Promise<CommandResult>
  /** Starts an agent and waits until it has renewed. */
  startAgent(...args: string[]): Promise<ChildProgram>
  close(): Promise<void>
}

export function createAgentRunner(program: string, stateDirectory?: string): AgentRunner {
  const around = mkdtempSync(join(tmpdir(), 'cs-agent-'))
  const state = stateDirectory ?? join(around, 'state')
  const children: ChildProgram[] = []
  const launch = (step: string, args: readonly string[]): ChildProgram => {
    const { COUNTERSIGN_SOCKET: _, COUNTERSIGN_STATE_DIR: __, ...env } = process.env
    const child = startChildProgram(program, [step, ...args], { ...env, COUNTERSIGN_STATE_DIR: state })
    children.push(child)
    return child
  }
  const finish = async (child: ChildProgram, input?: string): Promise<CommandResult> => {
    child.process.stdin?.on('error', () => undefined).end(input)
    const code = await child.ended
    return { code, stdout: child.lines.join('\n'), stderr: child.stderr() }
  }
  return {
    stateDirectory: state,
    run: (...args) => finish(launch('never', args)),
    runKilledAt: (step, ...args) => finish(launch(step, args)),
    runWithInput: (input, ...args) => finish(launch('never', args), input),
    start: (...args) => launch('never', args),
    enroll: (service) => {
      const tokenFile = join(around, 'token')
      writeFileSync(tokenFile, `${service.deployment.createJoinToken()}\n`)
      const key = service.deployment.serverKey()
      return finish(
        launch('never', ['enroll', '--server', service.url, '--server-key', key, '--token-file', tokenFile]),
      )
    },
    startAgent: async (...args) => {
      const child = launch('never', ['agent', ...args])
      await child.untilStderr('Renewed: generation')
      return child
    },
    close: async () => {
      for (const child of children) child.process.kill('SIGKILL')
      await Promise.all(children.map((child) => child.ended))
      rmSync(around, { recursive: true, force: true })
    },
  }
}
