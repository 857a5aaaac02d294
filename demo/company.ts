/**
 * The company whose machines the demo runs: who calls what, and how often. Everything here is made up;
 * `.example` names never exist (RFC 2606).
 */
export const environments = ['production', 'staging'] as const
export type Environment = (typeof environments)[number]

export const serviceSlugs = ['orders', 'payments', 'ledger', 'inventory'] as const
export type ServiceSlug = (typeof serviceSlugs)[number]

export const hostOf = (slug: ServiceSlug) => `${slug}.meridian.example`

/** What the operators of the company have set; names are those of the API (`createService`). */
export const serviceSettings: Record<ServiceSlug, Readonly<Record<string, unknown>>> = {
  orders: { name: 'Orders API' },
  // Money: the gateway compares every body with what was signed.
  payments: { name: 'Payments', bodyBinding: 'required' },
  ledger: { name: 'General ledger', machineSelector: { env: 'production' }, allowPlainNonce: false },
  // Being moved to Countersign: refusals are recorded and nobody is turned away yet.
  inventory: { name: 'Inventory', mode: 'observe' },
}

/** One kind of call that a workload makes. */
export interface Call {
  readonly service: ServiceSlug
  readonly method: string
  /** `#` stands for a number that differs from call to call. */
  readonly target: string
  readonly body?: Readonly<Record<string, unknown>>
  /** How often beside the workload's other calls. */
  readonly weight: number
  /** Only in this environment; everywhere by default. */
  readonly only?: Environment
}

export interface Workload {
  readonly name: string
  readonly runtime: string
  /** Calls a minute of one machine, on average. */
  readonly callsPerMinute: number
  readonly calls: readonly Call[]
}

export const workloads: readonly Workload[] = [
  {
    name: 'checkout',
    runtime: 'node-22.11',
    callsPerMinute: 44,
    calls: [
      { service: 'orders', method: 'POST', target: '/v1/orders', body: { sku: 'b-17', quantity: 2 }, weight: 5 },
      { service: 'orders', method: 'GET', target: '/v1/orders/#', weight: 4 },
      { service: 'inventory', method: 'GET', target: '/v1/stock/b-#?warehouse=ams', weight: 3 },
      {
        service: 'payments',
        method: 'POST',
        target: '/v1/charges',
        body: { amount: 4990, currency: 'EUR' },
        weight: 4,
      },
      { service: 'orders', method: 'DELETE', target: '/v1/orders/#/items/1', weight: 1 },
    ],
  },
  {
    name: 'payments',
    runtime: 'openjdk-21',
    callsPerMinute: 30,
    calls: [
      { service: 'payments', method: 'GET', target: '/v1/charges/#', weight: 4 },
      { service: 'payments', method: 'POST', target: '/v1/refunds', body: { charge: 'ch_81', amount: 990 }, weight: 1 },
      {
        service: 'ledger',
        method: 'POST',
        target: '/v1/entries',
        body: { account: 'receivables', amount: 4990 },
        weight: 3,
        only: 'production',
      },
      { service: 'orders', method: 'PATCH', target: '/v1/orders/#', body: { status: 'paid' }, weight: 2 },
    ],
  },
  {
    name: 'inventory',
    runtime: 'go-1.23',
    callsPerMinute: 24,
    calls: [
      { service: 'inventory', method: 'PUT', target: '/v1/stock/b-#', body: { onHand: 112 }, weight: 3 },
      { service: 'inventory', method: 'GET', target: '/v1/stock?below=20', weight: 2 },
      { service: 'orders', method: 'GET', target: '/v1/orders?status=open&page=#', weight: 2 },
    ],
  },
  {
    name: 'reporting',
    runtime: 'python-3.12',
    callsPerMinute: 14,
    calls: [
      { service: 'orders', method: 'GET', target: '/v1/orders?since=2026-01-01&page=#', weight: 4 },
      { service: 'payments', method: 'GET', target: '/v1/charges?page=#', weight: 2 },
      { service: 'ledger', method: 'GET', target: '/v1/balances?date=2026-01-#', weight: 2, only: 'production' },
      // Somebody gave the staging job production's address: the ledger's label selector refuses it.
      { service: 'ledger', method: 'GET', target: '/v1/balances?date=2026-01-#', weight: 1, only: 'staging' },
    ],
  },
]

/** Names as an orchestrator, a cloud and a scheduler give them: three machines a workload, twelve in all. */
export const machineNames: Readonly<Record<string, Readonly<Record<Environment, readonly string[]>>>> = {
  checkout: {
    production: ['checkout-6c9f7b5d84-k2x9p', 'checkout-6c9f7b5d84-vw7tq'],
    staging: ['checkout-5d74c8f6b9-zl4mn'],
  },
  payments: { production: ['payments-eu-west-1a', 'payments-eu-west-1b'], staging: ['payments-staging-1'] },
  inventory: { production: ['inventory-ams-01', 'inventory-ams-02'], staging: ['inventory-lab-01'] },
  reporting: { production: ['reporting-nightly-0', 'reporting-nightly-1'], staging: ['reporting-nightly-dev'] },
}

export const administrator = { name: 'Ada Lindqvist', email: 'ada@meridian.example' }

/** Who else works with the console. */
export const people = {
  onCall: { name: 'Priya Nair', email: 'priya@meridian.example', role: 'operator' },
  auditor: { name: 'Tomas Weber', email: 'tomas@meridian.example', role: 'viewer' },
  invited: { name: 'Yuki Tanaka', email: 'yuki@meridian.example', role: 'administrator' },
} as const
