import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

type MachineQuery = NonNullable<ApiInput<'listMachines'>['query']>

/** All machine queries begin with this, so that a change refreshes them all. */
export const machinesKey = ['machines'] as const

/** A page of machines; new ones appear by themselves on the first page. */
export function machineListQuery(query: MachineQuery) {
  return queryOptions({
    queryKey: [...machinesKey, 'list', query],
    queryFn: ({ signal }) => callApi('listMachines', { query }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  })
}

export function machineQuery(machine: string) {
  return queryOptions({
    queryKey: [...machinesKey, 'detail', machine],
    queryFn: ({ signal }) => callApi('getMachine', { params: { machine } }, { signal }),
    refetchInterval: 10_000,
  })
}

export function machineActivityQuery(machines: readonly string[]) {
  return queryOptions({
    queryKey: [...machinesKey, 'activity', machines],
    queryFn: ({ signal }) => callApi('listMachineActivity', { query: { machine: [...machines] } }, { signal }),
    enabled: machines.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  })
}

/** Machines of which a copy was seen, the latest enrolled first. */
export function quarantinedMachinesQuery(after: string | null) {
  return machineListQuery({ state: 'quarantined', limit: '20', ...(after !== null && { cursor: after }) })
}

/** Between looks while somebody waits for a machine to appear. */
export const enrolledEveryMs = 1_500

/** The newest machines, asked for while somebody waits for one to appear. */
export function newestMachinesQuery() {
  return { ...machineListQuery({ limit: '50' }), refetchInterval: enrolledEveryMs, staleTime: 0 }
}
