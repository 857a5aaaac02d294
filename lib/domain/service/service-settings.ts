/** `observe` records and lets pass, `enforce` denies. */
export const serviceModes = ['observe', 'enforce'] as const
export type ServiceMode = (typeof serviceModes)[number]

/** Who compares the body with the signed digest (protocol.md, section 4). */
export const bodyBindings = ['required', 'backend', 'none'] as const
export type BodyBinding = (typeof bodyBindings)[number]

/** A retired service is kept for its records; no request to it is allowed. */
export const serviceStates = ['active', 'retired'] as const
export type ServiceState = (typeof serviceStates)[number]

/** Unique and fixed: it stands in paths, assertions and gateways' configurations. */
export const slugPattern = /^[a-z0-9-]{1,63}$/

export const defaultCoveredFields: readonly string[] = ['authorization', 'x-api-key', 'cookie']
