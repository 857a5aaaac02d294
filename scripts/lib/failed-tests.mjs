// Which tests failed, read from the runners' JSON reports: one line each, for the end of a log that scrolled past them.

import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { projectFolder } from './process.mjs'

/** `folder/file.test.ts › name of the test: first line of its error`, in the order of the report. */
export function failedInVitest(report) {
  return (report.testResults ?? []).flatMap(({ name, message, assertionResults }) => {
    const file = path.relative(projectFolder, name)
    const failed = assertionResults.filter(({ status }) => status === 'failed')
    if (failed.length === 0 && message) return [lineOf([file], message)]
    return failed.map(({ fullName, failureMessages }) => lineOf([file, fullName], failureMessages[0]))
  })
}

/** The same of Playwright's report, whose suites lie within each other: a file, then its `describe` blocks. */
export function failedInPlaywright(report) {
  const failedIn = (suite, titles) => [
    ...(suite.specs ?? [])
      .filter(({ ok, tests }) => !ok || tests.some(({ status }) => status === 'flaky'))
      .map(({ title, tests }) => lineOf([...titles, title], firstErrorOf(tests))),
    ...(suite.suites ?? []).flatMap((inner) => failedIn(inner, [...titles, inner.title])),
  ]
  const outside = (report.errors ?? []).map(({ message }) => lineOf(['outside of any test'], message))
  return [...outside, ...failedIn(report, [])]
}

function firstErrorOf(tests) {
  return tests.flatMap(({ results }) => results).find(({ error }) => error)?.error.message
}

function lineOf(names, message = '') {
  const [first = ''] = stripVTControlCharacters(message).split('\n')
  return `${names.join(' › ')}: ${first}`
}
