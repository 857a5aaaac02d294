/** Where operators land who did not come from anywhere. */
export const homePath = '/'

/** What begins a path of this origin. Browsers read `//host`, `/\host` and `/<tab>/host` as another origin. */
const pathPattern = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/

/**
 * The path to go back to after signing in, or the home page: only ever one of this origin, never the sign-in itself or
 * what is no page (threats.md has open redirects under 31).
 */
export function readReturnPath(given: unknown): string {
  if (typeof given !== 'string' || given.length > 2048 || !pathPattern.test(given)) return homePath
  return /^\/(?:sign-in|set-up|reset|invitation|api)(?:[/?#]|$)/.test(given) ? homePath : given
}

/** The sign-in page that leads back to a path. */
export function signInPath(returnTo: string): string {
  const path = readReturnPath(returnTo)
  return path === homePath ? '/sign-in' : `/sign-in?return=${encodeURIComponent(path)}`
}
