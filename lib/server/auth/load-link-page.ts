import { formatId } from '@/lib/domain/ids'
import { dependencies } from '../dependencies'
import { findUsableLink, type OperatorLinkKind } from '../operator/link-store'
import { countAdministrators, findOperator } from '../operator/operator-store'
import { appraiseTransport } from './appraise-transport'
import { readPageFacts } from './read-page-facts'
import { hashSecretToken, isSecretToken } from './secret-token'

export type LinkPage =
  | { readonly state: 'exposed'; readonly detail: string }
  | { readonly state: 'invalid' }
  | {
      readonly state: 'open'
      /** Null for the set-up of the deployment. */
      readonly operator: { readonly id: string; readonly email: string; readonly name: string } | null
    }

/** What the page behind a link has to show. Looking at it does not use it up: scanners of mail look too. */
export async function loadLinkPage(token: string, kind: OperatorLinkKind): Promise<LinkPage> {
  const deps = dependencies()
  const transport = appraiseTransport(deps, await readPageFacts())
  if (transport.outcome === 'exposed') return { state: 'exposed', detail: transport.detail }
  if (!isSecretToken('csu_', token)) return { state: 'invalid' }
  const link = await findUsableLink(deps.prisma, hashSecretToken(token), kind, deps.now())
  if (link === null) return { state: 'invalid' }
  if (link.operatorId === null) {
    return (await countAdministrators(deps.prisma)) === 0 ? { state: 'open', operator: null } : { state: 'invalid' }
  }
  const operator = await findOperator(deps.prisma, link.operatorId)
  if (operator === null) return { state: 'invalid' }
  return { state: 'open', operator: { id: formatId('op', operator.id), email: operator.email, name: operator.name } }
}
