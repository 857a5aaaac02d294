import { formatId } from '@/lib/domain/ids'
import type { Principal } from '@/lib/domain/operator/principal'
import { refuse } from '@/lib/domain/refusal'
import { roleMay, type Permission } from '@/lib/contract/permissions'
import type { Dependencies } from '../dependencies'
import { problemResponse } from '../http/problem-response'
import { newUuid } from '../new-uuid'
import { authenticateCaller } from './authenticate-caller'
import { factsOfWebRequest } from './request-facts'

/**
 * Who calls a route handler that is no operation of the contract (an event stream), by token or session; or the problem
 * to answer with. A stream asks again now and then: an ended session ends what it watches.
 */
export async function requirePrincipal(
  deps: Dependencies,
  request: Request,
  permission: Permission,
): Promise<
  | { readonly outcome: 'authenticated'; readonly principal: Principal }
  | { readonly outcome: 'answered'; readonly response: Response }
> {
  const result = await authenticateCaller(deps, factsOfWebRequest(request))
  if (result.outcome === 'authenticated' && roleMay(result.principal.role, permission)) return result
  const refusal =
    result.outcome === 'refused'
      ? result
      : refuse(
          'permission_denied',
          `This needs the permission ${permission}, which ${result.principal.role} does not have.`,
        )
  const { status, headers, body } = problemResponse(refusal, formatId('req', newUuid()))
  return { outcome: 'answered', response: new Response(body, { status, headers }) }
}
