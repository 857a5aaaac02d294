import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { wrongUsage } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'

/** Reads a file that an option names, or standard input for `-`; at most `maxBytes`. */
export async function readInput(path: string, stdin: Readable, maxBytes: number): Promise<Buffer> {
  return path === '-' ? readStream(stdin, 'Standard input', maxBytes) : readNamedFile(path, maxBytes)
}

async function readNamedFile(path: string, maxBytes: number): Promise<Buffer> {
  const shown = escapeUntrusted(path, 300)
  const file = await open(path, 'r').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw wrongUsage(`The file ${shown} cannot be read (${code}).`)
  })
  try {
    // A stream, because a pipe (`<(command)`) has no size to ask for.
    return await readStream(file.createReadStream({ autoClose: false }), shown, maxBytes)
  } finally {
    await file.close()
  }
}

async function readStream(stream: Readable, name: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer | string)
    size += bytes.length
    if (size > maxBytes) throw wrongUsage(`${name} holds more than ${maxBytes} bytes.`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

/** `10MiB`, `512KiB`, `1048576` … in bytes. */
export function parseSize(text: string, option: string): number {
  const match = /^([1-9][0-9]{0,8})(|B|KiB|MiB|GiB|k|M|G)$/.exec(text)
  const unit = { '': 1, B: 1, KiB: 1024, k: 1024, MiB: 1024 ** 2, M: 1024 ** 2, GiB: 1024 ** 3, G: 1024 ** 3 }
  const bytes = Number(match?.[1]) * unit[(match?.[2] ?? '') as keyof typeof unit]
  if (!Number.isSafeInteger(bytes) || bytes > 1024 ** 3) {
    throw wrongUsage(`${option} takes a size up to 1GiB, such as 10MiB.`)
  }
  return bytes
}
