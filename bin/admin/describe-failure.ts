import { displayText } from '@/lib/domain/display-text'
import { AdminError } from './admin-error'
import { formatJson } from './print'

/** A failure in words for a terminal, or as JSON. What the API refused comes with code, detail, fields and advice. */
export function describeFailure(error: unknown, isJson: boolean): string {
  if (!(error instanceof AdminError)) {
    const message = error instanceof Error ? error.message : String(error)
    return isJson ? formatJson({ error: message }) : showLines(message)
  }
  if (error.problem === undefined) return isJson ? formatJson({ error: error.message }) : showLines(error.message)
  if (isJson) return formatJson(error.problem)
  const { code, title, detail, advice, requestId, fields } = error.problem
  const details =
    fields && fields.length > 1 ? fields.map(({ path, message }) => `  ${path}: ${message}`) : [detail ?? '']
  return [`Refused (${code}): ${title}`, ...details, advice, requestId && `Request ${requestId}`]
    .filter((line) => line !== undefined && line !== '')
    .map((line) => displayText(String(line), 1200))
    .join('\n')
}

function showLines(text: string): string {
  return text
    .split('\n')
    .map((line) => displayText(line, 1200))
    .join('\n')
}
