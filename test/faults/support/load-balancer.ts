import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../setup/free-port'
import type { RunningServer } from '../../setup/start-server'
import { until } from '../../verification/support/in-parallel'

export interface LoadBalancer {
  readonly url: string
  close(): Promise<void>
}

/** HAProxy in front of the nodes, on loopback: one request after the other to another node, none that is not ready. */
export async function startLoadBalancer(servers: readonly RunningServer[]): Promise<LoadBalancer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-haproxy-'))
  const port = await freePort()
  const file = path.join(folder, 'haproxy.cfg')
  await writeFile(
    file,
    [
      'global',
      '  maxconn 2000',
      'defaults',
      '  mode http',
      '  timeout connect 2s',
      '  timeout client 30s',
      '  timeout server 30s',
      'frontend gateways',
      `  bind 127.0.0.1:${port}`,
      '  default_backend nodes',
      'backend nodes',
      '  balance roundrobin',
      '  option httpchk GET /readyz',
      '  default-server inter 500ms fall 4 rise 1 check',
      ...servers.map((server, index) => `  server node${index} 127.0.0.1:${server.port}`),
      '',
    ].join('\n'),
  )
  const child = spawn('haproxy', ['-db', '-q', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`HAProxy ended: ${words}`)
    return (await fetch(`${url}/healthz`).catch(() => undefined))?.status === 200 ? true : undefined
  }
  await until(answers, 10_000, 'An answer through HAProxy')
  return {
    url,
    async close() {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode !== null || !child.kill('SIGTERM')) return
  await exited
}
