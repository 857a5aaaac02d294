/** One line of a scrape. */
export interface ScrapedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/i

/** Reads the text that Prometheus reads. Throws at a line that is neither a comment nor a sample. */
export async function scrape(url: string): Promise<{ readonly text: string; readonly samples: ScrapedSample[] }> {
  const response = await fetch(url)
  if (response.status !== 200) throw new Error(`The scrape was answered ${response.status}.`)
  const text = await response.text()
  const samples = text
    .split('\n')
    .filter((row) => row !== '' && !row.startsWith('#'))
    .map((row) => {
      const [, name = '', labels = '', value = ''] = line.exec(row) ?? []
      if (name === '') throw new Error(`Not a sample: ${row}`)
      const pairs = Array.from(labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g), ([, key = '', text = '']) => [
        key,
        text,
      ])
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }
    })
  return { text, samples }
}

/** The value of the one sample with this name and these labels; undefined when there is none. */
export function valueOf(
  samples: readonly ScrapedSample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )
  if (found.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} names ${found.length} samples.`)
  return found[0]?.value
}
