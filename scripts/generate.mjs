// npm run generate: writes docs/openapi.json and docs/error-codes.md from the contract. With --check it only compares.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fail, installWhatIsMissing, projectFolder, requireNode, run } from './lib/process.mjs'

requireNode()
await installWhatIsMissing()
const { buildAll } = await import('./build.mjs')
await buildAll({ pages: false })

const write = (folder) => run(process.execPath, ['dist/generate-docs.mjs', folder])
const docs = path.join(projectFolder, 'docs')
if (!process.argv.includes('--check')) {
  await write(docs)
} else {
  const fresh = mkdtempSync(path.join(tmpdir(), 'countersign-docs-'))
  try {
    await write(fresh)
    const read = (file) => {
      try {
        return readFileSync(file, 'utf8')
      } catch {
        return ''
      }
    }
    const old = readdirSync(fresh).filter((name) => read(path.join(docs, name)) !== read(path.join(fresh, name)))
    if (old.length > 0) fail(`Not current: ${old.map((name) => `docs/${name}`).join(', ')}. Run: npm run generate`)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}
