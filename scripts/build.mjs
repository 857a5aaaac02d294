// Builds what runs: the Prisma client, the bundles in dist/, and the pages in .next/.
// Usage: node scripts/build.mjs [--without-pages]. Skips what is built already from the same sources.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectFolder, run, say } from './lib/process.mjs'

/** Folders and files whose content decides whether a build is still good. */
const programSources = ['agent', 'bin', 'lib', 'middleware', 'prisma', 'server.ts', 'package-lock.json', 'scripts']
const pageSources = ['app', 'components', 'lib', 'next.config.mjs', 'package-lock.json', 'postcss.config.mjs']

function* filesBelow(entry) {
  if (!existsSync(entry)) return
  if (path.basename(entry) === 'generated') return
  for (const child of readdirSync(entry, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(entry, child.name)
    if (child.isDirectory()) yield* filesBelow(file)
    else if (child.isFile() && !child.name.includes('.test.')) yield file
  }
}

function fingerprint(entries) {
  const hash = createHash('sha256').update(process.version)
  for (const entry of entries) {
    const whole = path.join(projectFolder, entry)
    const files = entry.includes('.') ? [whole].filter(existsSync) : [...filesBelow(whole)]
    for (const file of files) hash.update(path.relative(projectFolder, file)).update('\0').update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** Runs `build` unless the stamp says that it ran on the same sources. */
async function onceFor(name, entries, product, build) {
  const stamp = path.join(projectFolder, '.cache', `${name}.stamp`)
  const wanted = fingerprint(entries)
  if (existsSync(path.join(projectFolder, product)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)
    return
  say(`Building ${name} …`)
  await build()
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

async function generatePrismaClient() {
  // `prisma generate` wants a schema engine to exist, which it never runs: any file will do, and nothing is downloaded.
  await run(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--no-hints'], {
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  })
}

async function bundlePrograms() {
  const { build } = await import('esbuild')
  const common = {
    absWorkingDir: projectFolder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  }
  const server = { ...common, packages: 'external', sourcemap: true }
  // One file without dependencies: command and library of the machine.
  const alone = { ...common, minify: true, legalComments: 'none' }
  await Promise.all([
    bundleServer(server),
    build({ ...server, entryPoints: ['lib/server/database/pglite-worker.ts'], outfile: 'dist/pglite-worker.mjs' }),
    build({ ...server, entryPoints: ['bin/admin/main.ts'], outfile: 'dist/admin.mjs' }),
    build({ ...server, entryPoints: ['lib/contract/generate-docs.ts'], outfile: 'dist/generate-docs.mjs' }),
    build({
      ...alone,
      entryPoints: ['agent/index.ts'],
      outfile: 'dist/countersign.mjs',
      banner: { js: '#!/usr/bin/env node' },
    }),
    build({ ...alone, entryPoints: ['middleware/index.ts'], outfile: 'dist/middleware.mjs' }),
    declareMiddleware(),
  ])
}

/** In parts, so that a process that only looks after others does not load what they need. */
async function bundleServer(options) {
  const { build } = await import('esbuild')
  const folder = path.join(projectFolder, 'dist')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder).filter((name) => name.startsWith('server-'))) rmSync(path.join(folder, name))
  await build({
    ...options,
    entryPoints: ['server.ts'],
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'server-[name]-[hash]',
  })
}

/** What users of the middleware compile against. All that is public stands in that one file, and names nothing else of ours. */
async function declareMiddleware() {
  const { default: typescript } = await import('typescript')
  const source = readFileSync(path.join(projectFolder, 'middleware/index.ts'), 'utf8')
  const { outputText, diagnostics } = typescript.transpileDeclaration(source, { fileName: 'index.ts' })
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => projectFolder,
    getNewLine: () => '\n',
  }
  if (diagnostics?.length) throw new Error(typescript.formatDiagnostics(diagnostics, host))
  mkdirSync(path.join(projectFolder, 'dist'), { recursive: true })
  writeFileSync(path.join(projectFolder, 'dist/middleware.d.mts'), outputText)
}

/**
 * Bundles a program that is not part of the product (benchmarks, the demo) into dist/<folder>. Built each time: it takes
 * no time. Modules find the project by `import.meta.dirname`, so a bundle lies two folders deep, as its sources do.
 */
export async function bundleTool(folder, entryPoints) {
  const { build, stop } = await import('esbuild')
  await build({
    absWorkingDir: projectFolder,
    entryPoints: Object.entries(entryPoints).map(([out, entry]) => ({ in: entry, out })),
    outdir: `dist/${folder}`,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
  })
  // Its process would live as long as the tool.
  await stop()
}

async function buildPages() {
  await run(process.execPath, ['node_modules/next/dist/bin/next', 'build'], {
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  })
}

/** Builds what is missing or outdated. */
export async function buildAll({ pages = true } = {}) {
  await onceFor(
    'prisma client',
    ['prisma', 'package-lock.json'],
    'lib/server/database/generated/client.ts',
    generatePrismaClient,
  )
  await onceFor('programs', programSources, 'dist/server.mjs', bundlePrograms)
  if (pages) await onceFor('pages', pageSources, '.next/BUILD_ID', buildPages)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildAll({ pages: !process.argv.includes('--without-pages') })
}
