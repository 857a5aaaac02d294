import type { ApiResult } from '@/lib/client/call-api'
import type { OperationId } from '@/lib/contract/operations'
import { apiOf, type ApiCall } from '../api/call-api'
import type { OpenedForTest } from '../setup/open-test-dependencies'

/** Calls operations that have to succeed; answers what the contract says they answer. */
export function askerOf(opened: OpenedForTest) {
  const call = apiOf(opened)
  return async function ask<Id extends OperationId>(id: Id, input: ApiCall = {}): Promise<ApiResult<Id>> {
    const answer = await call(id, input)
    if (answer.status >= 300) throw new Error(`${id} answered ${answer.status}: ${answer.text}`)
    // `call` has held the answer to the operation's schema.
    return answer.body
  }
}
