/** `observed`: it would have been denied, and a service in observe mode let it through. */
export const decisionOutcomes = ['allowed', 'denied', 'observed'] as const

export type DecisionOutcome = (typeof decisionOutcomes)[number]
