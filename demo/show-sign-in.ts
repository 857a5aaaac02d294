import { totpCode } from '@/test/setup/sign-in'
import type { Stage } from './open-stage'

const stepMs = 30_000

/**
 * Prints how to sign in. On a terminal the last line keeps the six-digit code current; elsewhere a recovery code stands
 * beside it, which does not run out. Answers what ends the writing.
 *
 * @param output standard output: nothing else is written there
 */
export function showSignIn(output: NodeJS.WriteStream, { url, people, places, program, machines }: Stage): () => void {
  const operator = people.administrator
  const secret = operator.totpSecret ?? ''
  const gateway = program === 'nginx' ? 'nginx' : 'countersign gate'
  output.write(`
${machines.all().length} machines call ${Object.keys(places).length} services behind ${gateway}, and somebody attacks them again and again.
Try it yourself: curl -i http://localhost:${places.orders.port}/v1/orders

Sign in, and watch what is allowed, what is refused and why:

  open       ${url}
  e-mail     ${operator.email}
  password   ${operator.password}
`)
  // Setting it up has used a time step, and each works once.
  const firstStep = Math.floor(Date.now() / stepMs) + 1
  const codeNow = () => {
    const step = Math.max(Math.floor(Date.now() / stepMs), firstStep)
    const secondsLeft = Math.ceil(((step + 1) * stepMs - Date.now()) / 1_000)
    const code = totpCode(secret, 0, step * stepMs)
    return { line: `  code       ${code.slice(0, 3)} ${code.slice(3)}`, secondsLeft }
  }
  if (!output.isTTY) {
    output.write(
      `${codeNow().line}\n  or         ${operator.recoveryCodes[0] ?? ''} (a recovery code)\n\nCtrl-C ends the demo.\n`,
    )
    return () => undefined
  }
  const draw = () => {
    const { line, secondsLeft } = codeNow()
    output.write(`\r\x1b[2K${line}   (${secondsLeft} s)   Ctrl-C ends the demo`)
  }
  draw()
  const timer = setInterval(draw, 1_000)
  return () => {
    clearInterval(timer)
    output.write('\n')
  }
}
