import { parseAsBoolean, parseAsString, parseAsStringLiteral, type inferParserType } from 'nuqs'

export const enrollmentTabs = ['join-tokens', 'quarantine'] as const

/** The Enrolment page as its address says it. */
export const enrollmentParams = {
  tab: parseAsStringLiteral(enrollmentTabs).withDefault('join-tokens'),
  after: parseAsString,
  /** The dialog that makes a join token. */
  new: parseAsBoolean.withDefault(false),
}

export type EnrollmentParams = inferParserType<typeof enrollmentParams>

export const enrollmentPageSize = 50
