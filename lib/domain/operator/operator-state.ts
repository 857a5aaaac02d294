/** An invited operator has not chosen a password yet and cannot sign in. */
export const operatorStates = ['active', 'invited'] as const

export type OperatorState = (typeof operatorStates)[number]
