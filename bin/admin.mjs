#!/usr/bin/env node
// Starts the admin command from its bundle. No dependencies, so that it can say what is missing.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..')
const bundle = join(folder, 'dist', 'admin.mjs')
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Countersign needs Node.js 20.19 or newer; this is ${process.versions.node}.\n`)
  process.exitCode = 2
} else if (!existsSync(bundle) || !existsSync(join(folder, 'node_modules', 'commander'))) {
  process.stderr.write(
    `The admin command is not built yet. Build it in ${folder} with: npm run build\nnpm run up does it too, and starts the server.\n`,
  )
  process.exitCode = 2
} else {
  await import(bundle)
}
