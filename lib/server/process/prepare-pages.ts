import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { projectRoot } from '../project-root'

export interface Pages {
  readonly handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>
  close(): Promise<void>
}

/**
 * Next.js, which a node that only verifies never loads: it costs time at the start and on every decision.
 * Input: where people reach the console.
 */
export async function preparePages(publicUrl: string): Promise<Pages> {
  // next-auth would believe X-Forwarded-Host without it.
  process.env.NEXTAUTH_URL = publicUrl
  delete process.env.AUTH_TRUST_HOST
  const { default: next } = await import('next')
  // It adds an upgrade listener to the server it is given, after which upgrades hang: it gets one that listens nowhere.
  const app = next({ dev: false, dir: projectRoot(), httpServer: createServer(), quiet: true })
  await app.prepare()
  const handle = app.getRequestHandler()
  return { handle: (req, res) => handle(req, res), close: () => app.close() }
}
