import { createServer } from 'node:http'
import next from 'next'
import { announce } from './announce'

// An empty route handler of a Next.js production build, behind a server of our own as Countersign's pages are.

const dir = process.argv[2]
if (dir === undefined) throw new Error('The folder of the built app is missing.')
const app = next({ dev: false, dir, quiet: true, httpServer: createServer() })
await app.prepare()
const handle = app.getRequestHandler()
announce(createServer((req, res) => void handle(req, res)))
