import { readFile } from 'node:fs/promises'
import path from 'node:path'

const guides = path.resolve(import.meta.dirname, '../../docs/gateways')

/** Text that stands in a recipe, and what a test puts in its place. */
export type Replacement = readonly [placeholder: string, value: string]

/**
 * Fenced blocks of a guide by the names that their fences give them (```nginx file=orders.conf), so that what readers copy
 * is what the tests start. `replacements` fill in what the guide tells readers to replace. One that stands in no block
 * means that guide and test have parted, and is an error.
 */
export async function readRecipe<Name extends string>(
  guide: string,
  names: readonly Name[],
  replacements: readonly Replacement[],
): Promise<Record<Name, string>> {
  const text = await readFile(path.join(guides, guide), 'utf8')
  const blocks = new Map(
    [...text.matchAll(/^```[a-z]+ file=(\S+)\n([^]*?)^```$/gm)].map(([, name, block]) => [name, block]),
  )
  const found = names.map((name): [Name, string] => {
    const block = blocks.get(name)
    if (block === undefined) throw new Error(`${guide} has no block named ${name}.`)
    return [name, block]
  })
  for (const [placeholder] of replacements) {
    if (found.some(([, block]) => block.includes(placeholder))) continue
    throw new Error(`${guide} has no ${JSON.stringify(placeholder)} any more.`)
  }
  const filled = found.map(([name, block]): [Name, string] => [
    name,
    replacements.reduce((left, [placeholder, value]) => left.replaceAll(placeholder, value), block),
  ])
  return Object.fromEntries(filled) as Record<Name, string>
}
