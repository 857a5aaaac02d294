import type { MeasuredSubject } from './measure-subject'

/** What the run found beside the figures: records against answers, and the peer. */
export function renderChecks(subjects: readonly MeasuredSubject[]): string {
  const lines = subjects.flatMap(({ allows, name }) =>
    allows ? [`- ${name}: ${count(allows.answered)} allows answered, ${count(allows.recorded)} on record.`] : [],
  )
  for (const subject of subjects.filter(({ isCountersign }) => isCountersign)) {
    const peer = subjects.find(
      ({ name, overSocket }) => name.startsWith('oidc-provider') && overSocket === subject.overSocket,
    )
    if (!peer) continue
    const ratios = subject.points.flatMap(({ connections, how, perSecond }) => {
      if (how !== undefined) return []
      const other = peer.points.find((point) => point.connections === connections)
      return other ? [`${(perSecond / other.perSecond).toFixed(2)} at ${connections}`] : []
    })
    lines.push(`- ${subject.name}: times ${peer.name}, ${ratios.join(', ')} connections.`)
  }
  const late = subjects.reduce((sum, { points }) => sum + points.reduce((all, point) => all + point.signedLate, 0), 0)
  if (late > 0) lines.push(`- ${count(late)} credentials were signed during the measurement.`)
  return lines.join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
