import { buildOpenapiDocument } from '@/lib/contract/openapi'
import type { OperationInput, OperationResult } from '@/lib/contract/operation'
import type { OperationId, Operations } from '@/lib/contract/operations'
import { done, type Outcome } from '@/lib/domain/refusal'
import { createApiToken } from '../api-token/create-api-token'
import { listApiTokens } from '../api-token/list-api-tokens'
import { revokeApiToken } from '../api-token/revoke-api-token'
import { getAuditEvent } from '../audit/get-audit-event'
import { listAuditEvents } from '../audit/list-audit-events'
import type { CallContext } from '../auth/call-context'
import { getWhoami } from '../auth/get-whoami'
import { getDecision } from '../decision/get-decision'
import { listDecisions } from '../decision/list-decisions'
import type { Dependencies } from '../dependencies'
import { addGatewayCertificate } from '../gateway/add-gateway-certificate'
import { addGatewayKey } from '../gateway/add-gateway-key'
import { createGateway } from '../gateway/create-gateway'
import { getGateway } from '../gateway/get-gateway'
import { listGateways } from '../gateway/list-gateways'
import { removeGatewayKey } from '../gateway/remove-gateway-key'
import { updateGateway } from '../gateway/update-gateway'
import { createJoinToken } from '../join-token/create-join-token'
import { listJoinTokens } from '../join-token/list-join-tokens'
import { revokeJoinToken } from '../join-token/revoke-join-token'
import { getMachine } from '../machine/get-machine'
import { listMachines } from '../machine/list-machines'
import { reinstateMachine } from '../machine/reinstate-machine'
import { releaseMachine } from '../machine/release-machine'
import { revokeMachine } from '../machine/revoke-machine'
import { setMachineLabels } from '../machine/set-machine-labels'
import { suspendMachine } from '../machine/suspend-machine'
import { beginTotp } from '../operator/begin-totp'
import { changePassword } from '../operator/change-password'
import { confirmTotp } from '../operator/confirm-totp'
import { createOperator } from '../operator/create-operator'
import { getCurrentOperator } from '../operator/get-current-operator'
import { listOperators } from '../operator/list-operators'
import { makeRecoveryCodes } from '../operator/make-recovery-codes'
import { removeOperator } from '../operator/remove-operator'
import { resetOperator } from '../operator/reset-operator'
import { updateOperatorRole } from '../operator/update-operator-role'
import { getOverview } from '../overview/get-overview'
import { listGatewayActivity } from '../overview/list-gateway-activity'
import { listMachineActivity } from '../overview/list-machine-activity'
import { createService } from '../service/create-service'
import { getService } from '../service/get-service'
import { listServices } from '../service/list-services'
import { probeService } from '../service/probe-service'
import { updateService } from '../service/update-service'
import { endOtherSessions } from '../session/end-other-sessions'
import { endSession } from '../session/end-session'
import { listSessions } from '../session/list-sessions'
import { getDeployment } from './get-deployment'

/** One call of an operation, its input parsed by the contract. */
export interface OperationCall<Id extends OperationId> extends OperationInput<Operations[Id]> {
  readonly deps: Dependencies
  /** Null where the operation is public. */
  readonly context: Operations[Id]['permission'] extends 'public' ? null : CallContext
}

type Awaitable<Value> = Value | Promise<Value>

export type OperationHandlers = {
  readonly [Id in OperationId]: (call: OperationCall<Id>) => Awaitable<Outcome<OperationResult<Operations[Id]>>>
}

/** The use case of every operation. One that is missing does not compile. */
export const operationHandlers: OperationHandlers = {
  getWhoami: ({ context }) => getWhoami(context),
  getDeployment: ({ deps }) => getDeployment(deps),
  getOpenapi: () => done({ ...buildOpenapiDocument() }),

  listServices: ({ deps, query }) => listServices(deps, query),
  createService: ({ deps, context, body }) => createService(deps, context, body),
  getService: ({ deps, params }) => getService(deps, params.service),
  updateService: ({ deps, context, params, body }) => updateService(deps, context, params.service, body),
  probeService: ({ deps, context, params, body }) => probeService(deps, context, params.service, body),

  listGateways: ({ deps, query }) => listGateways(deps, query),
  createGateway: ({ deps, context, body }) => createGateway(deps, context, body),
  getGateway: ({ deps, params }) => getGateway(deps, params.gateway),
  updateGateway: ({ deps, context, params, body }) => updateGateway(deps, context, params.gateway, body),
  addGatewayCertificate: ({ deps, context, params, body }) =>
    addGatewayCertificate(deps, context, params.gateway, body.certificate),
  addGatewayKey: ({ deps, context, params }) => addGatewayKey(deps, context, params.gateway),
  removeGatewayKey: ({ deps, context, params }) => removeGatewayKey(deps, context, params.gateway, params.key),

  listJoinTokens: ({ deps, query }) => listJoinTokens(deps, query),
  createJoinToken: ({ deps, context, body }) => createJoinToken(deps, context, body),
  revokeJoinToken: ({ deps, context, params }) => revokeJoinToken(deps, context, params.joinToken),

  listMachines: ({ deps, query }) => listMachines(deps, query),
  getMachine: ({ deps, params }) => getMachine(deps, params.machine),
  suspendMachine: ({ deps, context, params, body }) => suspendMachine(deps, context, params.machine, body.reason),
  reinstateMachine: ({ deps, context, params, body }) => reinstateMachine(deps, context, params.machine, body.reason),
  releaseMachine: ({ deps, context, params, body }) => releaseMachine(deps, context, params.machine, body.reason),
  revokeMachine: ({ deps, context, params, body }) => revokeMachine(deps, context, params.machine, body.reason),
  setMachineLabels: ({ deps, context, params, body }) => setMachineLabels(deps, context, params.machine, body.labels),

  listDecisions: ({ deps, query }) => listDecisions(deps, query),
  getDecision: ({ deps, params }) => getDecision(deps, params.decision),
  getOverview: ({ deps }) => getOverview(deps),
  listMachineActivity: ({ deps, query }) => listMachineActivity(deps, query.machine),
  listGatewayActivity: ({ deps, query }) => listGatewayActivity(deps, query.service),
  listAuditEvents: ({ deps, query }) => listAuditEvents(deps, query),
  getAuditEvent: ({ deps, params }) => getAuditEvent(deps, params.auditEvent),

  listApiTokens: ({ deps, query }) => listApiTokens(deps, query),
  createApiToken: ({ deps, context, body }) => createApiToken(deps, context, body),
  revokeApiToken: ({ deps, context, params }) => revokeApiToken(deps, context, params.apiToken),

  listOperators: ({ deps, query }) => listOperators(deps, query),
  createOperator: ({ deps, context, body }) => createOperator(deps, context, body),
  updateOperatorRole: ({ deps, context, params, body }) =>
    updateOperatorRole(deps, context, params.operator, body.role),
  removeOperator: ({ deps, context, params }) => removeOperator(deps, context, params.operator),
  resetOperator: ({ deps, context, params }) => resetOperator(deps, context, params.operator),

  listSessions: ({ deps, context, query }) => listSessions(deps, context, query),
  endSession: ({ deps, context, params }) => endSession(deps, context, params.session),
  endOtherSessions: ({ deps, context }) => endOtherSessions(deps, context),

  getCurrentOperator: ({ deps, context }) => getCurrentOperator(deps, context),
  changePassword: ({ deps, context, body }) => changePassword(deps, context, body),
  makeRecoveryCodes: ({ deps, context, body }) => makeRecoveryCodes(deps, context, body.currentPassword),
  beginTotp: ({ deps, context, body }) => beginTotp(deps, context, body.currentPassword),
  confirmTotp: ({ deps, context, body }) => confirmTotp(deps, context, body.code),
}
