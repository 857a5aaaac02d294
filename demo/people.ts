import { randomBytes } from 'node:crypto'
import { createSignedInOperator, setUpAdministrator, type SignInServer, type TestOperator } from '@/test/setup/sign-in'
import { administrator, people } from './company'
import { openOperatorSession, type Api } from './operator-session'

export interface People {
  readonly administrator: TestOperator
  readonly asAdministrator: Api
  readonly asOnCall: Api
}

/** Sets the deployment up by its set-up link, as a person would, and lets the others in. Every password is new. */
export async function bringPeople(server: SignInServer, dataDirectory: string): Promise<People> {
  const first = await setUpAdministrator(server, dataDirectory, { ...administrator, password: makePassword() })
  const invite = ({ role, email, name }: typeof people.onCall | typeof people.auditor) =>
    createSignedInOperator(first.browser, role, email, { name, password: makePassword() })
  const onCall = await invite(people.onCall)
  await invite(people.auditor)
  const asAdministrator = openOperatorSession(first)
  // Her invitation waits for her.
  await asAdministrator('POST', '/operators', people.invited)
  return { administrator: first, asAdministrator, asOnCall: openOperatorSession(onCall) }
}

/** 80 random bits that can be read aloud and typed: four groups of four letters and digits. */
function makePassword(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
  const letters = [...randomBytes(16)].map((byte) => alphabet[byte % alphabet.length])
  return [0, 4, 8, 12].map((start) => letters.slice(start, start + 4).join('')).join('-')
}
