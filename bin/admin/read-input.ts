import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { readPrivateFile } from '@/lib/platform/read-private-file'
import { usageError } from './admin-error'

const maxBytes = 4096

/** Standard input to its end, as one line. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array)
    length += bytes.length
    if (length > maxBytes) throw usageError('Standard input holds more than one secret can be long.')
    chunks.push(bytes)
  }
  return stripLineEnd(Buffer.concat(chunks).toString('utf8'))
}

/**
 * A password that never stands in an argument, where other accounts of the machine could read it: from a private file, from
 * standard input (`-`), or typed twice without echo.
 */
export async function readPassword(file: string | undefined): Promise<string> {
  if (file === '-') return readStandardInput()
  if (file !== undefined) return stripLineEnd((await readPrivateFile(file, { maxBytes })).toString('utf8'))
  if (!process.stdin.isTTY) {
    throw usageError('Nobody can type a password here. Give it with --password-file FILE, or - for standard input.')
  }
  const first = await ask('Password (at least 12 characters): ')
  const second = await ask('Once more: ')
  if (first !== second) throw usageError('The two differ. Nothing was changed.')
  return first
}

/** Reads a line from the terminal without showing it. */
async function ask(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, callback) => callback() })
  process.stderr.write(question)
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => reject(usageError('Stopped. Nothing was changed.')))
      lines.once('close', () => reject(usageError('The input ended. Nothing was changed.')))
      lines.once('line', resolve)
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** Exactly one line end: whatever else stands there belongs to the password. */
function stripLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
