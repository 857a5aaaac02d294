import {
  createCountersignClient,
  type CountersignClient,
  type CountersignRequestInit,
} from './create-countersign-client'

let client: CountersignClient | undefined

/** `fetch`, countersigned by the agent on this machine (`$COUNTERSIGN_SOCKET`, else the state directory's `agent.sock`). */
export function countersignFetch(input: string | URL, init?: CountersignRequestInit): Promise<Response> {
  client ??= createCountersignClient()
  return client.fetch(input, init)
}
