import type { NextAuthOptions } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { sessionLifetimeMs } from '@/lib/domain/operator/operator-session'
import type { Dependencies } from '../dependencies'
import { describeError } from '../http/describe-error'
import { beginSession } from './begin-session'
import { findClientAddress } from './find-client-address'
import { findLiveSession } from './find-live-session'
import type { RequestFacts } from './request-facts'
import { callbackCookie, csrfCookie, sessionCookie } from './session-cookie'
import { sessionIdOf, sessionSecret } from './session-token'
import { signOut } from './sign-out'

/** Lax for the session, so that a link to a page of the console finds it; the others are for our own forms alone. */
const cookieOptions = (sameSite: 'lax' | 'strict') => ({ httpOnly: true, secure: true, path: '/', sameSite })

/**
 * next-auth keeps the cookie: an encrypted JWT with nothing in it but the session's id. Who that is, and whether it still
 * is, stands in the session's row, which the `jwt` callback reads as every other reader does.
 *
 * @param request the call being answered: what `authorize` writes into the session's row, taken from the socket
 */
export function nextAuthOptions(deps: Dependencies, request: RequestFacts): NextAuthOptions {
  const maxAge = sessionLifetimeMs / 1000
  return {
    secret: sessionSecret(deps.masterKey),
    session: { strategy: 'jwt', maxAge },
    jwt: { maxAge },
    useSecureCookies: true,
    cookies: {
      sessionToken: { name: sessionCookie, options: cookieOptions('lax') },
      csrfToken: { name: csrfCookie, options: cookieOptions('strict') },
      callbackUrl: { name: callbackCookie, options: cookieOptions('strict') },
    },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    providers: [
      CredentialsProvider({
        id: 'ticket',
        credentials: { ticket: {} },
        // Throwing would put the words of the error into a redirect.
        async authorize(credentials) {
          try {
            const begun = await beginSession(deps, request, credentials?.ticket ?? '')
            return begun && { id: begun.operator.id, sid: begun.secret }
          } catch (error) {
            deps.log.error({ error: describeError(error) }, 'A session could not begin')
            return null
          }
        },
      }),
    ],
    callbacks: {
      async jwt({ token, user }) {
        const sid = user === undefined ? sessionIdOf(token) : sessionIdOf({ ...user })
        if (user !== undefined) return { sid }
        const isLive = sid !== null && (await findLiveSession(deps, sid)) !== null
        // next-auth takes no null by its types; it then fails to encode, and clears the cookie, which is what is wanted.
        return isLive ? { sid } : (null as unknown as { sid: null })
      },
      // The console asks `GET /api/v1/self`; nothing is handed out here.
      session: ({ session, token }) =>
        (token as object | null) === null ? { expires: '' } : { expires: session.expires },
      // Nobody is sent anywhere by next-auth: the page knows where to go.
      redirect: () => '/',
    },
    events: {
      async signOut({ token }) {
        const sid = sessionIdOf(token)
        if (sid !== null) await signOut(deps, sid, findClientAddress(deps.settings, request))
      },
    },
    logger: {
      error: (code) => deps.log.debug({ code }, 'next-auth reported an error'),
      warn: (code) => deps.log.debug({ code }, 'next-auth warned'),
      debug: () => undefined,
    },
  }
}
