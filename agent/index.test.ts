import { execFileSync } from 'node:child_process'
import { statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeTestFolder } from '@/lib/platform/testing/make-test-folder'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = makeTestFolder()
const bundle = join(folder, 'countersign.mjs')
let imports: string[]

beforeAll(async () => {
  const { metafile } = await build({
    entryPoints: [join(root, 'agent/index.ts')],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: '#!/usr/bin/env node' },
    alias: { '@': root },
    metafile: true,
    outfile: bundle,
  })
  imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
})

describe('the bundle', () => {
  test('is one file under 150 kB that needs nothing but Node', () => {
    expect(statSync(bundle).size).toBeLessThan(150_000)
    expect(imports.filter((path) => !path.startsWith('node:'))).toEqual([])
  })

  test('is a command, also through a symbolic link', () => {
    const link = join(folder, 'countersign')
    symlinkSync(bundle, link)
    for (const file of [bundle, link]) {
      expect(execFileSync(process.execPath, [file, 'help'], { encoding: 'utf8' })).toContain('Exit codes: 0 allowed')
    }
  })

  test('is a library that runs nothing when it is imported', () => {
    const program = `import * as lib from ${JSON.stringify(pathToFileURL(bundle).href)}; console.log(Object.keys(lib).sort().join())`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(output.trim()).toBe('CountersignError,countersignFetch,createCountersignClient')
  })
})
