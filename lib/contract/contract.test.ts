import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { errorCodes } from '@/lib/domain/error-code'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import type { Operation } from './operation'
import { operations } from './operations'
import { buildOpenapiDocument } from './openapi'
import { permissionRoles, permissionsOf, roleMay, type Permission } from './permissions'
import { renderDocs } from './render-docs'

const all: Operation[] = Object.values(operations)

describe('permissions', () => {
  test('each role may all that the one before may, and more', () => {
    const counts = operatorRoles.map((role) => permissionsOf(role))
    for (const [index, permissions] of counts.entries()) {
      for (const permission of counts[index - 1] ?? []) expect(permissions).toContain(permission)
    }
    expect(new Set(counts.map((list) => list.length)).size).toBe(3)
    expect(permissionsOf('administrator')).toEqual(Object.keys(permissionRoles))
  })

  test('a viewer only reads and changes what is its own, and everything that only reads is a viewer’s', () => {
    // One's password, second factor and sessions; whose they are is in the use cases, not in the role.
    const own: readonly Permission[] = ['self.write', 'sessions.end']
    for (const { operationId, method, permission } of all) {
      const isViewers = method === 'GET' || own.includes(permission)
      expect([operationId, roleMay('viewer', permission)]).toEqual([operationId, isViewers])
    }
  })

  test('what is not listed is denied', () => {
    for (const name of ['machines.destroy', 'toString', '__proto__', '']) {
      for (const role of operatorRoles) expect(roleMay(role, name as Permission)).toBe(false)
    }
  })

  test('every permission is wanted by an operation', () => {
    expect(new Set(all.map(({ permission }) => permission))).toEqual(
      new Set([...Object.keys(permissionRoles), 'public']),
    )
  })
})

describe('the contract', () => {
  test('every path parameter has a schema, and every schema a parameter', () => {
    for (const { operationId, path, params } of all) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect([operationId, Object.keys(params?.shape ?? {})]).toEqual([operationId, names])
    }
  })

  test('what comes in refuses unknown fields', () => {
    for (const { operationId, params, query, body } of all) {
      for (const schema of [params, query, body]) {
        const unknown = schema
          ?.safeParse({ unheardOf: 1 })
          .error?.issues.some((issue) => issue.code === 'unrecognized_keys')
        if (schema) expect([operationId, unknown]).toEqual([operationId, true])
      }
    }
  })

  test('every string and every list that comes in is bounded', () => {
    const document = JSON.parse(JSON.stringify(buildOpenapiDocument())) as Json
    const components = (document as { components: { schemas: Record<string, Json> } }).components.schemas
    const unbounded: string[] = []
    for (const [path, item] of Object.entries((document as { paths: Record<string, Record<string, Json>> }).paths)) {
      for (const operation of Object.values(item)) {
        const { parameters = [], requestBody } = operation as { parameters?: Json[]; requestBody?: Json }
        visit([parameters, requestBody ?? null], components, (schema) => {
          const isOpen =
            (schema.type === 'string' &&
              !('maxLength' in schema || 'enum' in schema || 'const' in schema || isBoundedPattern(schema.pattern))) ||
            (schema.type === 'array' && !('maxItems' in schema))
          if (isOpen) unbounded.push(`${path}: ${JSON.stringify(schema)}`)
        })
      }
    }
    expect(unbounded).toEqual([])
  })

  test('examples keep their own rules', () => {
    for (const { operationId, params, query, body, response } of all) {
      for (const schema of [params, query, body, response.schema]) {
        for (const [example, owner] of examplesOf(schema)) {
          expect([operationId, example, owner.safeParse(example).success]).toEqual([operationId, example, true])
        }
      }
    }
  })

  test('every code that an operation names is in the registry', () => {
    for (const { errors } of all) for (const code of errors) expect(errorCodes).toHaveProperty(code)
  })
})

describe('the generated documents', () => {
  test.each(Object.entries(renderDocs()))('docs/%s is current: npm run generate', (name, text) => {
    expect(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')).toBe(text)
  })

  test('operation ids are unique, and every operation is there with its problems', () => {
    const paths = buildOpenapiDocument().paths ?? {}
    const found = Object.values(paths).flatMap((item) =>
      Object.values(item as Record<string, { operationId?: string }>),
    )
    const ids = found.map((operation) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operationId } of all) expect(ids).toContain(operationId)
    for (const id of [
      'verify',
      'authzGet',
      'enrollMachine',
      'renewMachine',
      'getMachineServiceList',
      'getEnrollmentParameters',
    ]) {
      expect(ids).toContain(id)
    }
  })
})

type Json = null | string | number | boolean | Json[] | { [key: string]: Json }

/** Walks a document's schemas, following references once. */
function visit(
  value: Json,
  components: Record<string, Json>,
  see: (schema: Record<string, Json>) => void,
  seen = new Set<string>(),
): void {
  if (Array.isArray(value)) return value.forEach((item) => visit(item, components, see, seen))
  if (typeof value !== 'object' || value === null) return
  const reference = value.$ref
  if (typeof reference === 'string') {
    const name = reference.split('/').at(-1) ?? ''
    if (!seen.has(name)) visit(components[name] ?? null, components, see, new Set([...seen, name]))
    return
  }
  if (typeof value.type === 'string') see(value)
  Object.values(value).forEach((item) => visit(item, components, see, seen))
}

/** Anchored at both ends and without an open repetition. */
function isBoundedPattern(pattern: Json | undefined): boolean {
  return (
    typeof pattern === 'string' &&
    pattern.startsWith('^') &&
    pattern.endsWith('$') &&
    !/[*+](?![^[]*\])|\{\d+,\}/.test(pattern)
  )
}

function examplesOf(schema: z.ZodType | undefined): [unknown, z.ZodType][] {
  if (schema === undefined) return []
  const example = schema.meta()?.example
  const shape: unknown = Reflect.get(schema, 'shape')
  const inner = typeof shape === 'object' && shape !== null ? (Object.values(shape) as z.ZodType[]) : []
  return [...(example === undefined ? [] : [[example, schema] as [unknown, z.ZodType]]), ...inner.flatMap(examplesOf)]
}
