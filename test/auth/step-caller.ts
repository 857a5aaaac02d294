import { randomBytes, scryptSync } from 'node:crypto'
import type { SignInStepName } from '@/lib/contract/sign-in'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import { answerSignInStep } from '@/lib/server/auth/answer-sign-in-step'
import { newUuid } from '@/lib/server/new-uuid'
import type { OpenedForTest } from '../setup/open-test-dependencies'
import { testPassword, type AnswerBody } from '../setup/sign-in'

export interface StepResult {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AnswerBody
}

/** Steps of a sign-in without a process around them, so that tests choose the clock and the address. */
export function stepsOf(opened: OpenedForTest) {
  return async (
    step: SignInStepName,
    body: object,
    from: { readonly address?: string; readonly cookie?: string; readonly forwardedFor?: string } = {},
  ): Promise<StepResult> => {
    const { address = '127.0.0.1', cookie, forwardedFor } = from
    const answer = await answerSignInStep(
      opened.dependencies,
      {
        method: 'POST',
        headers: [
          ['host', 'console.example'],
          ['origin', 'https://console.example'],
          ['content-type', 'application/json'],
          ...(cookie === undefined ? [] : [['cookie', cookie] as const]),
          ...(forwardedFor === undefined ? [] : [['x-forwarded-for', forwardedFor] as const]),
        ],
        peerAddress: address,
        body: Buffer.from(JSON.stringify(body)),
      },
      step,
    )
    return { status: answer.status, headers: answer.headers, body: JSON.parse(answer.body) as AnswerBody }
  }
}

export type CallStep = ReturnType<typeof stepsOf>

/** Where `stepsOf` calls from: a deployment behind TLS. */
export const tlsEnvironment = { COUNTERSIGN_PUBLIC_URL: 'https://console.example' }

/** The test password at the smallest cost that is still verified: what is tested is not how long it takes. */
function hashCheaply(): string {
  const salt = randomBytes(16)
  const hash = scryptSync(testPassword, salt, 32, { N: 2 ** 14, r: 8, p: 1 })
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$scrypt$ln=14,r=8,p=1$${text(salt)}$${text(hash)}`
}

/** An operator who has the test password, straight into the table. Returns its UUID. */
export async function insertTestOperator(opened: OpenedForTest, email: string, role: OperatorRole): Promise<string> {
  const { prisma, now } = opened.dependencies
  const id = newUuid()
  const at = now()
  await prisma.operator.create({
    data: {
      id,
      email,
      name: email.split('@')[0] ?? '',
      role,
      passwordHash: hashCheaply(),
      passwordChangedAt: at,
      createdAt: at,
    },
  })
  return id
}
