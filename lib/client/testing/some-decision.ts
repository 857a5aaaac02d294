import type { Decision } from '@/lib/contract/decisions'

/** An allow of payments-7f9 on orders, but for what the test is about. */
export function someDecision(values: Partial<Decision> = {}): Decision {
  return {
    id: 'dec_01k3tt0z0ye00800014d2pf2db',
    at: '2026-11-22T08:30:00.000Z',
    outcome: 'allowed',
    code: null,
    detail: null,
    count: 1,
    lastAt: '2026-11-22T08:30:00.000Z',
    service: { id: 'svc_01k3tt0z0ye00800014d2pf2db', name: 'orders' },
    gateway: null,
    machine: { id: 'mach_01k3tt0z0ye00800014d2pf2db', name: 'payments-7f9' },
    generation: 1,
    useKey: 's1',
    conflictingDecisionId: null,
    method: 'GET',
    authority: 'orders.example',
    reportedAuthority: null,
    path: '/v1/orders',
    queryNames: [],
    content: 'none',
    sourceAddress: '192.0.2.1',
    ...values,
  }
}
