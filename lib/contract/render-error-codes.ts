import { errorCodes, type ErrorCodeEntry } from '@/lib/domain/error-code'

/** `docs/error-codes.md`, from the registry. */
export function renderErrorCodes(): string {
  const entries: [string, ErrorCodeEntry][] = Object.entries(errorCodes)
  const section = (kind: ErrorCodeEntry['kind']) =>
    entries
      .filter(([, entry]) => entry.kind === kind)
      .flatMap(([code, entry]) => [`### ${code}`, '', `**${entry.status}** · ${entry.title}`, '', entry.advice, ''])
  return [
    '# Error codes',
    '',
    'Every refusal is a problem document (RFC 9457, `application/problem+json`) with one of these codes; they never change their meaning.',
    'This page is generated from `lib/domain/error-code.ts`.',
    '',
    '## Outcomes of a decision',
    '',
    'Gateway endpoints answer with these and nothing else; the `Countersign-Problem` header repeats the document.',
    '',
    ...section('decision'),
    '## Management API and enrolment',
    '',
    ...section('api'),
  ].join('\n')
}
