import * as apiTokens from './api-tokens'
import * as auditEvents from './audit-events'
import * as decisions from './decisions'
import * as deployment from './deployment'
import * as gateways from './gateways'
import * as joinTokens from './join-tokens'
import * as machines from './machines'
import type { Operation } from './operation'
import * as operators from './operators'
import * as overview from './overview'
import * as self from './self'
import * as probes from './service-probes'
import * as services from './services'
import * as sessions from './sessions'

/** Every operation of the management API, by its id. */
export const operations = {
  getWhoami: deployment.getWhoami,
  getDeployment: deployment.getDeployment,
  getOpenapi: deployment.getOpenapi,
  listServices: services.listServices,
  createService: services.createService,
  getService: services.getService,
  updateService: services.updateService,
  probeService: probes.probeService,
  listGateways: gateways.listGateways,
  createGateway: gateways.createGateway,
  getGateway: gateways.getGateway,
  updateGateway: gateways.updateGateway,
  addGatewayKey: gateways.addGatewayKey,
  addGatewayCertificate: gateways.addGatewayCertificate,
  removeGatewayKey: gateways.removeGatewayKey,
  listJoinTokens: joinTokens.listJoinTokens,
  createJoinToken: joinTokens.createJoinToken,
  revokeJoinToken: joinTokens.revokeJoinToken,
  listMachines: machines.listMachines,
  getMachine: machines.getMachine,
  suspendMachine: machines.suspendMachine,
  reinstateMachine: machines.reinstateMachine,
  releaseMachine: machines.releaseMachine,
  revokeMachine: machines.revokeMachine,
  setMachineLabels: machines.setMachineLabels,
  listDecisions: decisions.listDecisions,
  getDecision: decisions.getDecision,
  getOverview: overview.getOverview,
  listMachineActivity: overview.listMachineActivity,
  listGatewayActivity: overview.listGatewayActivity,
  listAuditEvents: auditEvents.listAuditEvents,
  getAuditEvent: auditEvents.getAuditEvent,
  listApiTokens: apiTokens.listApiTokens,
  createApiToken: apiTokens.createApiToken,
  revokeApiToken: apiTokens.revokeApiToken,
  listOperators: operators.listOperators,
  createOperator: operators.createOperator,
  updateOperatorRole: operators.updateOperatorRole,
  removeOperator: operators.removeOperator,
  resetOperator: operators.resetOperator,
  listSessions: sessions.listSessions,
  endSession: sessions.endSession,
  endOtherSessions: sessions.endOtherSessions,
  getCurrentOperator: self.getCurrentOperator,
  changePassword: self.changePassword,
  makeRecoveryCodes: self.makeRecoveryCodes,
  beginTotp: self.beginTotp,
  confirmTotp: self.confirmTotp,
} as const satisfies Record<string, Operation>

export type Operations = typeof operations
export type OperationId = keyof Operations
