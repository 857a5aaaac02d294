import { parseArgs } from 'node:util'
import { Cleanups } from '../cleanups'
import { readMachineFacts } from '../machine-facts'
import { writeFigures } from '../write-figures'
import { measureData, type MeasuredData } from './measure-data'
import { renderData } from './render-data'

// npm run bench:data: what the console's pages cost when there is much to be found.

const usage = `npm run bench:data -- [options]
  --decisions LIST   instead of 1000000,20000000
  --write            puts the figures of a whole run into bench/README.md`

/** Promised for every page. */
const targetMs = 100
const wholeSizes = '1000000,20000000'

const { values } = parseArgs({
  options: {
    decisions: { type: 'string', default: wholeSizes },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const sizes = values.decisions.split(',').map(Number)
if (values.help || !sizes.every((size) => Number.isInteger(size) && size >= 10_000 && size <= 100_000_000)) {
  process.stdout.write(`${usage}\n`)
  process.exit(values.help ? 0 : 2)
}

const cleanups = new Cleanups()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void cleanups.runAll().then(() => process.exit(130)))
}
const measured: MeasuredData[] = []
try {
  for (const size of sizes) {
    measured.push(await measureData(size, cleanups, (line) => void process.stderr.write(`${line}\n`)))
    await cleanups.runAll()
  }
} catch (error) {
  await cleanups.runAll()
  throw error
}

const command = `npm run bench:data${values.decisions === wholeSizes ? '' : ` -- --decisions ${values.decisions}`}`
const facts = readMachineFacts(measured[0]?.postgres).map((fact) => `- ${fact}`)
const figures = [`\`${command}\``, renderData(measured), facts.join('\n')].join('\n\n')
process.stdout.write(`\n${figures}\n`)
const slow = measured.flatMap(({ pages }) => pages).filter(({ p99Ms }) => p99Ms >= targetMs)
for (const { name, p99Ms } of slow) process.stderr.write(`TOO SLOW: ${name}, ${p99Ms.toFixed(1)} ms\n`)
if (values.write) await writeFigures('data', figures)
process.exit(slow.length === 0 ? 0 : 1)
