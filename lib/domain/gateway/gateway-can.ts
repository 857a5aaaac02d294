import type { Can } from '../refusal'
import { maxGatewayKeys } from './gateway-profile'

/** Whether a gateway can be given another key. Server and console ask the same. */
export function canAddGatewayKey(gateway: { readonly machine: unknown; readonly keys: readonly unknown[] }): Can {
  if (gateway.machine !== null) return { can: false, why: 'A machine speaks for this gateway; it needs no key.' }
  if (gateway.keys.length < maxGatewayKeys) return { can: true }
  return {
    can: false,
    why: `The gateway has ${maxGatewayKeys} keys already. Remove one before you add another.`,
  }
}
