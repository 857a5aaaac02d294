import { availableParallelism } from 'node:os'
import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'
import type { BenchPostgres } from './countersign/bench-database'
import { startCountersign } from './countersign/start-countersign'
import type { AnswerExpectation, LoadAddress, RequestPlan } from './load/load-messages'
import { buildEmptyNext } from './peers/build-empty-next'
import { startProcess, type StartedProcess } from './start-process'

/** Something that answers requests, while it runs. */
export interface RunningSubject {
  readonly server: StartedProcess
  /** Where it is asked. */
  readonly address: LoadAddress
  readonly plan: RequestPlan
  readonly expect: AnswerExpectation
  /** Of Countersign: an operator uses the console until the returned function is called. */
  readonly useConsole?: () => Promise<() => Promise<void>>
  /** Ends the server; for Countersign with the number of allows on record, to be compared with the answers. */
  finish(): Promise<{ readonly decisions?: number; readonly profiles?: readonly string[] }>
  /** Ends what may still run and removes what it left. */
  remove(): Promise<void>
}

export interface Subject {
  readonly name: string
  readonly isCountersign: boolean
  readonly overSocket: boolean
  start(): Promise<RunningSubject>
}

/** In the names of what is asked over one, and not over a port. */
const unixSocket = 'Unix socket'

/** A process a core, within reason. */
const processesOfSeveral = Math.min(Math.max(availableParallelism(), 2), 4)

/** Everything that is measured, in the order of the table. */
export function listSubjects(
  postgres: () => Promise<BenchPostgres>,
  options: { readonly profile: boolean },
): Subject[] {
  const several = { open: postgres, processes: processesOfSeveral }
  const layouts = [
    { layout: 'PostgreSQL', open: postgres, processes: 1, overSocket: false },
    { layout: `PostgreSQL, ${processesOfSeveral} processes`, ...several, overSocket: false },
    { layout: `PostgreSQL, ${processesOfSeveral} processes, ${unixSocket}`, ...several, overSocket: true },
    { layout: 'PGlite', open: () => Promise.resolve(undefined), processes: 1, overSocket: false },
  ]
  const countersign = layouts.flatMap(({ layout, open, processes, overSocket }) =>
    ways.map(({ words, profile, endpoint, expect }) => ({
      name: `Countersign on ${layout}, ${words}`,
      overSocket,
      isCountersign: true,
      async start(): Promise<RunningSubject> {
        const folder = `${layout} ${words}`.replaceAll(/\W+/g, '-').toLowerCase()
        const profiles = options.profile ? path.join(projectRoot(), '.cache/bench/profiles', folder) : undefined
        const running = await startCountersign(await open(), { profile, profiles, processes, overSocket })
        return {
          server: running.process,
          address: running.address,
          plan: { kind: endpoint, ...running.plan },
          expect,
          useConsole: () => running.useConsole(),
          finish: () => running.finish(),
          remove: () => running.remove(),
        }
      },
    })),
  )
  return [...countersign, ...peers]
}

/** How a decision is asked for. A library inside the service gets no assertion: there is no next hop to tell. */
const ways = [
  {
    words: '/verify without assertion',
    profile: 'library',
    endpoint: 'verify',
    expect: { contains: '"decisionId"', lacks: '"assertion"' },
  },
  { words: '/verify with assertion', profile: 'gate', endpoint: 'verify', expect: { contains: '"assertion":"' } },
  {
    words: '/authz/nginx with assertion',
    profile: 'nginx',
    endpoint: 'nginx',
    expect: { contains: 'Countersign-Assertion: ' },
  },
] as const

const peers: Subject[] = [
  {
    name: 'empty node:http handler',
    isCountersign: false,
    overSocket: false,
    start: async () => {
      const server = await startProcess(['dist/bench/empty-node.mjs'])
      return peer(server, postJson(server, '/'), {})
    },
  },
  {
    name: 'empty Next.js route',
    isCountersign: false,
    overSocket: false,
    start: async () => {
      const server = await startProcess(['dist/bench/empty-next.mjs', await buildEmptyNext()])
      return peer(server, postJson(server, '/empty'), {})
    },
  },
  introspection('oidc-provider introspection, in memory', false),
  introspection(`oidc-provider introspection, in memory, ${unixSocket}`, true),
]

function introspection(name: string, overSocket: boolean): Subject {
  return {
    name,
    isCountersign: false,
    overSocket,
    start: async () => {
      const server = await startProcess(['dist/bench/oidc-introspection.mjs'])
      const { token, authorization, socket } = server.said
      const body = `token=${String(token)}`
      const request =
        `POST /token/introspection HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: ${String(authorization)}\r\n` +
        `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const running = peer(server, request, { contains: '"active":true' })
      return overSocket ? { ...running, address: { path: String(socket) } } : running
    },
  }
}

/** As large as a call of `/verify`, so that reading it costs the same. */
function postJson(server: StartedProcess, target: string): string {
  const body = JSON.stringify({ padding: 'x'.repeat(700) })
  return (
    `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

function peer(server: StartedProcess, request: string, expect: AnswerExpectation): RunningSubject {
  return {
    server,
    address: { port: server.port },
    plan: { kind: 'same', request },
    expect,
    finish: () => server.stop().then(() => ({})),
    remove: () => server.stop(),
  }
}
