import type { MeasuredPoint, MeasuredSubject } from './measure-subject'

/**
 * The rounds of one run as one table: of each point the least disturbed round, because whoever else uses the machine only
 * ever makes a server slower. That is the highest rate, and at a fixed pace the lowest p99. What went wrong in any round counts.
 */
export function mergeRounds(rounds: readonly (readonly MeasuredSubject[])[]): MeasuredSubject[] {
  const [first = []] = rounds
  return first.map((subject, index) => {
    const all = rounds.flatMap((round) => round[index] ?? [])
    return {
      ...subject,
      points: subject.points.map((_, point) => leastDisturbed(all.flatMap(({ points }) => points[point] ?? []))),
      problems: all.flatMap(({ problems }) => problems),
      allows: subject.allows && {
        answered: sum(all.map(({ allows }) => allows?.answered ?? 0)),
        recorded: sum(all.map(({ allows }) => allows?.recorded ?? 0)),
      },
      profiles: all.flatMap(({ profiles }) => profiles),
    }
  })
}

function leastDisturbed(points: readonly MeasuredPoint[]): MeasuredPoint {
  const best = points.reduce((one, other) => (isBetter(other, one) ? other : one))
  return {
    ...best,
    signedLate: sum(points.map(({ signedLate }) => signedLate)),
    worst: points.reduce((one, other) => (isBetter(other, one) ? one : other)),
  }
}

const isBetter = (one: MeasuredPoint, other: MeasuredPoint) =>
  one.how === undefined ? one.perSecond > other.perSecond : one.p99Ms < other.p99Ms

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
