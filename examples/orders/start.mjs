// Starts the orders API and, before it, nginx with the configuration of docs/gateways/nginx.md. Used by the README's tour.
// Usage: node examples/orders/start.mjs GATEWAY-KEY-FILE. Ctrl-C ends both.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
const [keyFile] = process.argv.slice(2)
if (!keyFile) end('Usage: node examples/orders/start.mjs GATEWAY-KEY-FILE', 2)
const key = readFileSync(keyFile, 'utf8').trim()
const program = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx'].find(
  existsSync,
)
if (!program) end('nginx is not installed. On Debian or Ubuntu: sudo apt-get install nginx-light')

const folder = mkdtempSync(path.join(tmpdir(), 'countersign-orders-'))
mkdirSync(path.join(folder, 'countersign'))
const files = recipe([
  ['csg_REPLACE_ME', key],
  ['"orders.example orders.example" orders.example;', '"localhost localhost:8080" localhost:8080;'],
  ['server_name orders.example;', 'server_name localhost;'],
  ['127.0.0.1:8080', '127.0.0.1:9000'],
  ['listen 80;', 'listen 127.0.0.1:8080;'],
  ['/etc/nginx/countersign/', `${folder}/countersign/`],
])
for (const [name, text] of files) writeFileSync(path.join(folder, name), text, { mode: 0o600 })
const configuration = path.join(folder, 'nginx.conf')
writeFileSync(configuration, surround(`include ${folder}/orders.conf;`))

const api = spawn(process.execPath, [path.join(here, 'api.mjs')], { stdio: 'inherit' })
const nginx = spawn(program, ['-p', folder, '-c', configuration, '-e', 'stderr'], { stdio: 'inherit' })
let isEnding = false
const stop = () => {
  isEnding = true
  api.kill()
  nginx.kill()
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
for (const child of [api, nginx]) {
  child.on('exit', () => {
    if (!isEnding) stop()
    if (api.exitCode !== null || api.signalCode) {
      if (nginx.exitCode !== null || nginx.signalCode) rmSync(folder, { recursive: true, force: true })
    }
  })
}
for (const port of [8080, 9000]) await listening(port)
if (!isEnding) console.error('nginx guards the orders API at http://localhost:8080')

/** The files of the nginx guide, with what it says to replace. Those for static files are not needed here. */
function recipe(replacements) {
  const guide = readFileSync(path.join(here, '../../docs/gateways/nginx.md'), 'utf8')
  const blocks = [...guide.matchAll(/^```nginx file=(\S+)\n([^]*?)^```$/gm)].filter(
    ([, name]) => !name.startsWith('orders-files'),
  )
  return blocks.map(([, name, block]) => [
    name,
    replacements.reduce((text, [placeholder, value]) => text.replaceAll(placeholder, value), block),
  ])
}

/** What a distribution's nginx.conf has around a site, kept inside of the folder. */
function surround(site) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return [
    // As root, workers would be another account that may not read the folder.
    process.getuid?.() === 0 ? 'user root;' : '',
    'daemon off;',
    `pid ${folder}/nginx.pid;`,
    'error_log stderr warn;',
    'events {}',
    'http {',
    'access_log off;',
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    site,
    '}',
  ].join('\n')
}

async function listening(port) {
  for (let attempt = 0; attempt < 200 && !isEnding; attempt++) {
    const isOpen = await new Promise((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.end())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function end(words, code = 1) {
  console.error(words)
  process.exit(code)
}
