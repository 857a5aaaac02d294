import path from 'node:path'
import type { MethodDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

/** A `CheckRequest` in the names of the .proto; what is left away is not sent. */
export interface CheckMessage {
  readonly attributes?: {
    readonly source?: object
    readonly request?: {
      readonly http?: {
        readonly method?: string
        readonly path?: string
        readonly host?: string
        readonly headers?: Record<string, string>
        readonly header_map?: { readonly headers: readonly { key: string; value?: string; raw_value?: Buffer }[] }
        readonly body?: string
        readonly raw_body?: Buffer
        readonly size?: number
        readonly scheme?: string
        readonly protocol?: string
        readonly id?: string
      }
    }
    readonly context_extensions?: Record<string, string>
  }
}

export interface CheckReply {
  readonly status: { readonly code: number }
  readonly denied_response?: {
    readonly status: { readonly code: number }
    readonly headers: readonly HeaderOption[]
    readonly body: string
  } | null
  readonly ok_response?: { readonly headers: readonly HeaderOption[]; readonly headers_to_remove: string[] } | null
}

interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string }
  readonly append_action: number
}

const definition = loadSync(path.join(import.meta.dirname, 'external-auth.proto'), { keepCase: true, defaults: true })

/** `envoy.service.auth.v3.Authorization/Check`, read from a .proto by a library: the other reading than the server's own. */
export const checkMethod = (
  definition['envoy.service.auth.v3.Authorization'] as unknown as Record<
    'Check',
    MethodDefinition<CheckMessage, CheckReply>
  >
).Check
