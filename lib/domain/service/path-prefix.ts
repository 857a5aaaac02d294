/**
 * A path prefix in canonical form: whole segments, no slash at the end but for `/` itself, and none of the characters that
 * the strict grammar of a request-target would have to interpret (`%`, `;`, empty and dot segments).
 */
export const pathPrefixPattern = /^\/$|^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,=:@-]{1,255}){1,16}$/

export const maxPathPrefixLength = 1024

/** Whether a path lies under a prefix. Whole segments: `/api` holds `/api` and `/api/x`, and neither `/apix` nor `/api;x`. */
export function isUnderPathPrefix(path: string, prefix: string): boolean {
  return prefix === '/' ? path.startsWith('/') : path === prefix || path.startsWith(`${prefix}/`)
}
