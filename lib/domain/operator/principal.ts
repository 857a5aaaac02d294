import type { OperatorRole } from './operator-role'

/** Who calls the API, once that was proven. */
export interface Principal {
  readonly type: 'operator' | 'api_token' | 'local_administrator'
  /** TypeID; the local administrator is nobody in the tables and has none. */
  readonly id: string | null
  readonly name: string
  readonly role: OperatorRole
  /** Of an operator who signed in: TypeID of the session that the call came with. */
  readonly sessionId?: string
}
