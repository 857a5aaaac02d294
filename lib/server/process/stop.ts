/** Ends the process with words for whoever started it. */
export function stop(words: string): never {
  process.stderr.write(`${words}\n`)
  process.exit(1)
}

export function stopOn(error: unknown): never {
  stop(error instanceof Error ? error.message : String(error))
}
