import { buildOpenapiDocument } from './openapi'
import { renderErrorCodes } from './render-error-codes'

/** The generated documents by file name, exactly as they are written below `docs/`. */
export function renderDocs(): Record<string, string> {
  return {
    'openapi.json': `${JSON.stringify(buildOpenapiDocument(), null, 2)}\n`,
    'error-codes.md': renderErrorCodes(),
  }
}
