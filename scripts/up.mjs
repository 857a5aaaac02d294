// npm run up: installs what is missing, builds when needed, starts Countersign, and says what to do next.

import { spawn } from 'node:child_process'
import path from 'node:path'
import { fail, installWhatIsMissing, projectFolder, requireNode, say } from './lib/process.mjs'

requireNode()
try {
  await installWhatIsMissing()
  const { buildAll } = await import('./build.mjs')
  await buildAll()
} catch (error) {
  fail(`Countersign could not be built: ${error.message}`)
}

say('Starting …')
const server = spawn(process.execPath, ['--enable-source-maps', 'dist/server.mjs'], {
  cwd: projectFolder,
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', NEXT_TELEMETRY_DISABLED: '1', ...process.env },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
server.on('message', ({ ready, url }) => {
  if (!ready) return
  const data = path.resolve(projectFolder, process.env.COUNTERSIGN_DATA_DIR ?? '.countersign')
  say(`
Countersign listens on ${url}
  data      ${process.env.DATABASE_URL ? 'the PostgreSQL server of DATABASE_URL' : data}

Next, in a second terminal:
  node bin/admin.mjs service create orders --authority localhost:8080
  node bin/admin.mjs gateway create edge --profile nginx --service orders
  node bin/admin.mjs join-token create --name first --out join.token

The README's tour goes on from here. Ctrl-C stops the server.`)
})
server.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
