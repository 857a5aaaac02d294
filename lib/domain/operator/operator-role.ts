/** Roles, each allowed all that the one before is. Operators and API tokens have exactly one. */
export const operatorRoles = ['viewer', 'operator', 'administrator'] as const

export type OperatorRole = (typeof operatorRoles)[number]
