import type { ServiceAnswer } from '../call-service'

/** What the product promises about an attack; anything else is worth telling whoever runs the demo. */
export function expectAnswer(answer: ServiceAnswer, codes: readonly string[]): void {
  if (!codes.includes(answer.code))
    throw new Error(`answered ${answer.status} ${answer.code} instead of ${codes.join(' or ')}`)
}
