const portPattern = /:([0-9]{1,5})$/

/** `[::1]` of `[::1]:8443`. */
export function hostOf(authority: string): string {
  return authority.replace(portPattern, '')
}

export function portOf(authority: string): number | null {
  // An IPv6 address ends with its bracket unless a port follows.
  const port = portPattern.exec(authority)?.[1]
  return port === undefined ? null : Number(port)
}

/** This machine itself: where nobody can listen in. */
export function isLoopbackAuthority(authority: string): boolean {
  const host = hostOf(authority)
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(host)
  )
}

/** `MY_API` of `my-api`: a name that systemd and shells take for a variable. */
export function environmentName(slug: string): string {
  const name = slug.replaceAll('-', '_').toUpperCase()
  return /^[0-9]/.test(name) ? `_${name}` : name
}
