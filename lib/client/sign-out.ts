import { callApi } from './call-api'

/** Ends this browser's session, then leaves. Throws where the server did not end it: nobody is told otherwise. */
export async function signOut(sessionId: string | null): Promise<void> {
  if (sessionId !== null) await callApi('endSession', { params: { session: sessionId }, body: {} })
  window.location.assign('/sign-in')
}
