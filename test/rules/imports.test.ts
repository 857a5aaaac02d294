import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { importRules, type ImportRule } from './import-rules'

const root = path.resolve(import.meta.dirname, '../..')

/** Sources as git sees them, new ones included; tests may reach further than what they test. */
function listSources(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', '*.ts', '*.tsx'], {
    cwd: root,
    encoding: 'utf8',
  })
  return listed
    .split('\n')
    .filter(
      (file) =>
        file !== '' && !/\.test\.tsx?$|\/testing\/|\.d\.ts$/.test(file) && ts.sys.fileExists(path.join(root, file)),
    )
}

/** Every specifier that a file imports or exports from. A package's types alone are no dependency and are left out. */
function readImports(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) found.push(specifier)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const { text } = node.moduleSpecifier
    const isTypeOfPackage = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword && !/^[.@]\.?\//.test(text)
    return isTypeOfPackage ? undefined : text
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return node.moduleSpecifier.text
  }
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  const [argument] = isDynamic ? node.arguments : []
  return argument && ts.isStringLiteral(argument) ? argument.text : undefined
}

/** `lib/protocol/…` for one of ours, null for a package. */
function toOurs(file: string, specifier: string): string | null {
  if (specifier.startsWith('@/')) return specifier.slice(2)
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : null
}

function findBreach(file: string, specifier: string, rule: ImportRule): string | null {
  const ours = toOurs(file, specifier)
  const allowed = ours === null ? rule.packages : rule.ours
  const name = ours ?? specifier
  const fits = allowed.some((entry) =>
    typeof entry === 'string' ? entry === '*' || name === entry || name.startsWith(`${entry}/`) : entry.test(name),
  )
  return fits ? null : `${file} imports ${specifier}. ${rule.why}`
}

describe('import rules', () => {
  const sources = listSources()

  test('every source stands in a room that has a rule', () => {
    expect(sources.filter((file) => !importRules.some((rule) => rule.room.test(file)))).toEqual([])
  })

  test('no file imports what its room may not', () => {
    const breaches = sources.flatMap((file) => {
      const rule = importRules.find((candidate) => candidate.room.test(file))
      return rule ? readImports(file).flatMap((specifier) => findBreach(file, specifier, rule) ?? []) : []
    })
    expect(breaches).toEqual([])
  })

  test('refuses a breach of each kind (the rules themselves work)', () => {
    const rule = importRules.find((candidate) => candidate.room.test('lib/protocol/x.ts'))
    expect(rule && findBreach('lib/protocol/x.ts', '@/lib/server/settings', rule)).toContain(
      'lib/protocol/x.ts imports',
    )
    expect(rule && findBreach('lib/protocol/x.ts', '../server/settings', rule)).toContain('pure')
    expect(rule && findBreach('lib/protocol/x.ts', 'node:fs', rule)).toContain('pure')
    expect(rule && findBreach('lib/protocol/x.ts', './types', rule)).toBeNull()
  })

  test('nobody reaches into the protocol past its one barrel', () => {
    const outside = sources.filter((file) => !file.startsWith('lib/protocol/'))
    const deep = outside.flatMap((file) =>
      readImports(file).flatMap((specifier) =>
        /^@\/lib\/protocol\//.test(specifier) ? `${file} imports ${specifier}` : [],
      ),
    )
    expect(deep).toEqual([])
  })

  test('the verification path never normalizes with the URL class', () => {
    const places = sources.filter((file) => /^lib\/(protocol|server\/verification)\//.test(file))
    expect(places.filter((file) => /\bnew URL\(/.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([])
  })
})
