import type { Principal } from '@/lib/domain/operator/principal'

/** Whoever can open the database needs no token; the audit log names them like the server's own administrator. */
export const localAdministrator: Principal = {
  type: 'local_administrator',
  id: null,
  name: 'local administrator',
  role: 'administrator',
}
