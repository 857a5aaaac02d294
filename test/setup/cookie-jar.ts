/** A browser as far as cookies go: keeps what it is sent, gives it back, forgets what expired. One origin. */
export interface CookieJar {
  /** What a `Cookie` header holds. */
  header(): string
  get(name: string): string | undefined
  set(name: string, value: string): void
  keep(response: Response): void
  /** For a browser of Playwright's: `context.addCookies(jar.forBrowser(url))`. */
  forBrowser(url: string): {
    name: string
    value: string
    url: string
    httpOnly: boolean
    secure: boolean
    sameSite: 'Lax'
  }[]
}

export function createCookieJar(): CookieJar {
  const cookies = new Map<string, string>()
  return {
    header: () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    get: (name) => cookies.get(name),
    set: (name, value) => void cookies.set(name, value),
    keep(response) {
      for (const line of response.headers.getSetCookie()) {
        const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
        const cut = pair.indexOf('=')
        const name = pair.slice(0, cut)
        const value = pair.slice(cut + 1)
        const isOver = attributes.some(
          (attribute) =>
            /^max-age=0$/i.test(attribute) ||
            (/^expires=/i.test(attribute) && Date.parse(attribute.slice(8)) <= Date.now()),
        )
        if (isOver || value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
    },
    forBrowser: (url) =>
      [...cookies].map(([name, value]) => ({
        name,
        value,
        // `__Host-` cookies are taken from a safe origin alone; which port and scheme they came from does not bind them.
        url: url.replace(/^http:/, 'https:'),
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      })),
  }
}
