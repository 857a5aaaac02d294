import type { AuditActor } from '@/lib/domain/audit/audit-action'

/** Who did what nobody asked for: rotation, quarantine, what the server notices by itself. */
export const systemActor: AuditActor = { type: 'system', id: null, name: 'Countersign' }
