import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pairFields } from '@/lib/protocol'
import { answerMachineMessage, offerParameters, TestRefusal, type TestMessage } from './answer-machine-message'
import { answerVerifyCall } from './answer-verify-call'
import { TestDeployment } from './test-deployment'

/** What a test does to the next calls: nothing, break off before or after the work, never answer, or answer otherwise. */
export type Fault =
  | undefined
  | 'drop-before'
  | 'drop-after'
  | 'hang'
  | { status: number; body?: string; headers?: Record<string, string> }

export interface TestService {
  readonly deployment: TestDeployment
  readonly url: string
  /** Method and path of every call. */
  readonly calls: string[]
  /** The parsed body of every call that had one. */
  readonly bodies: { path: string; headers: IncomingMessage['headers']; body: Record<string, unknown> }[]
  /** Asked for each call. */
  fault: (path: string) => Fault
  /** Stops listening on the port, so that nothing is there; `resume` comes back to it. */
  pause(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

/** Serves a {@link TestDeployment} over real HTTP on a port of its own. */
export async function startTestService(): Promise<TestService> {
  const deployment = new TestDeployment()
  const server = createServer((request, response) => void handle(request, response))
  const hung = new Set<ServerResponse>()
  let port = 0
  const listen = async (): Promise<void> => {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }
  const stop = async (): Promise<void> => {
    for (const response of hung) response.destroy()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
  await listen()
  const service: TestService = {
    deployment,
    url: `http://127.0.0.1:${port}`,
    calls: [],
    bodies: [],
    fault: () => undefined,
    pause: stop,
    resume: listen,
    close: stop,
  }
  deployment.issuer = service.url
  return service

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const path = request.url ?? ''
    const message: TestMessage = {
      method: request.method ?? '',
      path,
      headers: pairFields(request.rawHeaders),
      body: Buffer.concat(chunks),
      authority: request.headers.host ?? '',
    }
    service.calls.push(`${message.method} ${path}`)
    if (message.body.length > 0) {
      const body = JSON.parse(message.body.toString()) as Record<string, unknown>
      service.bodies.push({ path, headers: request.headers, body })
    }
    const fault = service.fault(path)
    if (fault === 'drop-before') return void request.socket.destroy()
    if (fault === 'hang') return void hung.add(response)
    if (typeof fault === 'object') {
      response.writeHead(fault.status, fault.headers ?? {}).end(fault.body)
      return
    }
    const answer = answerCall(deployment, message)
    if (fault === 'drop-after') return void request.socket.destroy()
    const problem = answer.status >= 400 ? { 'Countersign-Problem': JSON.stringify(answer.body) } : {}
    const type = answer.status >= 400 ? 'application/problem+json' : 'application/json'
    response.writeHead(answer.status, { 'Content-Type': type, ...problem }).end(JSON.stringify(answer.body))
  }
}

function answerCall(deployment: TestDeployment, message: TestMessage): { status: number; body: object } {
  try {
    if (message.path === '/api/v1/enrollments/parameters') return { status: 200, body: offerParameters(deployment) }
    if (message.path === '/.well-known/jwks.json') return { status: 200, body: { keys: [deployment.assertionJwk()] } }
    if (message.path === '/api/v1/verify') return { status: 200, body: answerVerifyCall(deployment, message) }
    const { status, answer } = answerMachineMessage(deployment, message)
    return { status, body: { answer } }
  } catch (error) {
    if (!(error instanceof TestRefusal)) throw error
    const { status, code, message: detail } = error
    return { status, body: { type: 'about:blank', title: `Refused: ${code}.`, status, code, detail } }
  }
}
