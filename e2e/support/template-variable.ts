/** What tells the workers of a run where the embedded database is that they copy. */
export const templateVariable = 'COUNTERSIGN_E2E_TEMPLATE'
