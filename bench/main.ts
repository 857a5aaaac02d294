import { Cleanups } from './cleanups'
import { openBenchPostgres, type BenchPostgres } from './countersign/bench-database'
import { readMachineFacts } from './machine-facts'
import { measureSoak } from './measure-soak'
import { measureSubject, type MeasuredSubject } from './measure-subject'
import { mergeRounds } from './merge-rounds'
import { parseOptions, usage, type BenchOptions } from './options'
import { renderChecks } from './render-checks'
import { renderProfiles } from './render-profiles'
import { renderTable } from './render-table'
import { listSubjects } from './subjects'
import { writeFigures } from './write-figures'
import { writeFlameGraphs } from './write-flame-graphs'

// npm run bench: verifications a second beside what they have to be measured against, in one run.

const print = (text: string) => void process.stdout.write(`${text}\n`)
const report = (line: string) => void process.stderr.write(`${line}\n`)

function readOptions(): BenchOptions {
  try {
    const given = parseOptions(process.argv.slice(2))
    if (given) return given
    print(usage)
    process.exit(0)
  } catch (error) {
    report(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

async function measureAll(
  options: BenchOptions,
): Promise<{ subjects: MeasuredSubject[]; postgres: string | undefined }> {
  let postgres: BenchPostgres | undefined
  const openPostgres = async () => {
    if (postgres) return postgres
    postgres = await openBenchPostgres()
    cleanups.add(() => postgres?.remove() ?? Promise.resolve())
    return postgres
  }
  const chosen = listSubjects(openPostgres, options).filter(
    ({ name, isCountersign }) => name.includes(options.only ?? '') && (isCountersign || !options.profile),
  )
  const [first] = chosen
  if (!first) throw new Error(`Nothing is called “${options.only ?? ''}”.`)
  if (options.soak !== undefined) {
    const { points, problems } = await measureSoak(first, options.soak, cleanups, report)
    const most = Math.max(...points.map(({ residentMb }) => residentMb))
    print(`${first.name}: ${points.at(-1)?.decisions} decisions, at most ${most.toFixed(0)} MB resident after a round`)
    for (const problem of problems) report(`NOT VALID: ${problem}`)
    await cleanups.runAll()
    process.exit(problems.length === 0 ? 0 : 1)
  }
  const rounds: MeasuredSubject[][] = []
  for (let round = 0; round < options.rounds; round++) {
    const subjects: MeasuredSubject[] = []
    rounds.push(subjects)
    for (const subject of chosen) {
      if (cleanups.isEnding) break
      subjects.push(await measureSubject(subject, options, cleanups, report))
    }
  }
  return { subjects: mergeRounds(rounds), postgres: postgres?.version }
}

/** What breaks because the run was stopped is no news. */
async function endFailed(error: unknown): Promise<never> {
  if (cleanups.isEnding) return endStopped()
  await cleanups.runAll()
  throw error
}

async function endStopped(): Promise<never> {
  await cleanups.runAll()
  process.exit(130)
}

const options = readOptions()
const cleanups = new Cleanups()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void endStopped())
}
const { subjects, postgres } = await measureAll(options).catch(endFailed)
if (cleanups.isEnding) await endStopped()
await cleanups.runAll()
const facts = readMachineFacts(postgres).map((fact) => `- ${fact}`)
const figures = [renderTable(subjects, options.rounds), renderChecks(subjects), facts.join('\n')].filter(
  (part) => part !== '',
)
print(`\n${figures.join('\n\n')}`)
if (options.profile) print(renderProfiles(subjects))

const problems = subjects.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`))
for (const problem of problems) report(`NOT VALID: ${problem}`)
if (options.write && problems.length === 0) {
  if (options.profile) await writeFlameGraphs(subjects)
  else await writeFigures('decisions', [`\`${options.command}\``, ...figures].join('\n\n'))
}
process.exit(problems.length === 0 ? 0 : 1)
