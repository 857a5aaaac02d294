/** `key=value`, one a line, as a form holds labels. Whether they are good ones the contract says. */
export function parseLabelLines(text: string): Record<string, string> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const cut = line.indexOf('=')
      return cut < 0 ? [line, ''] : [line.slice(0, cut).trim(), line.slice(cut + 1).trim()]
    }),
  )
}

export function formatLabelLines(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')
}

/** Names apart by commas, blanks or lines, each once, in lower case as the profile has them. */
export function parseNames(text: string): string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  return [...new Set(names.map((name) => name.toLowerCase()))]
}
