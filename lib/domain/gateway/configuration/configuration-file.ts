/** What a gateway's configuration is made from. All of it is the operator's own, and checked where it came in. */
export interface GatewayConfigurationInput {
  readonly slug: string
  /** Canonical, at least one: hosts as clients write them, with a port where they write one. */
  readonly authorities: readonly [string, ...string[]]
  /** Public URL of the verification service. */
  readonly serverUrl: string
  /** Host and port of what is protected. */
  readonly backend: string
  /** The key, or what stands in its place. */
  readonly gatewayKey: string
}

/** One file, or one command, that somebody puts on the gateway. */
export interface ConfigurationFile {
  /** As the guide's block is called. */
  readonly name: string
  readonly place: string
  readonly language: 'nginx' | 'caddyfile' | 'haproxy' | 'lua' | 'yaml' | 'json' | 'sh' | 'js' | 'text'
  /** It holds the key: mode 0600. */
  readonly isSecret: boolean
  readonly content: string
}

export const gatewayKeyPlaceholder = 'csg_REPLACE_ME'

export const exampleBackend = '127.0.0.1:8080'
