import { spawn } from 'node:child_process'
import path from 'node:path'
import { projectFolder } from './process.mjs'

/** Runs a bundled benchmark with this script's arguments; signals reach it, and its exit code is ours. */
export async function runBench(name) {
  const main = path.join(projectFolder, `dist/bench/${name}.mjs`)
  const bench = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
    cwd: projectFolder,
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal))
  process.exit(await new Promise((resolve) => bench.once('exit', (code) => resolve(code ?? 1))))
}
