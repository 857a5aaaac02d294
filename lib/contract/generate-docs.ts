/**
 * Writes the generated documents into the folder of its argument, `docs` by default. `npm run generate` runs it;
 * `npm run check` has it write elsewhere and compares.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { renderDocs } from './render-docs'

const folder = path.resolve(process.argv[2] ?? 'docs')
await mkdir(folder, { recursive: true })
for (const [name, text] of Object.entries(renderDocs())) await writeFile(path.join(folder, name), text)
