import type { MeasuredSubject } from './measure-subject'
import type { ProfileShare } from './summarize-profile'

/** Where the servers' time went: of each thread the functions by their own time, and the same by package. */
export function renderProfiles(subjects: readonly MeasuredSubject[]): string {
  const blocks = subjects.flatMap(({ name, profiles }) =>
    profiles.map(({ file, busySeconds, functions, modules }) => {
      const title = `${name}: a thread that was busy for ${busySeconds.toFixed(1)} s (${file})`
      return [title, '', 'by module', ...modules.map(line), '', 'by function', ...functions.map(line)].join('\n')
    }),
  )
  return `\n${blocks.join('\n\n')}`
}

function line({ name, share }: ProfileShare): string {
  return `${(share * 100).toFixed(1).padStart(6)} %  ${name}`
}
