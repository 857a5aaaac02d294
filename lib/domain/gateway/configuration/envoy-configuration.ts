import { portOf } from './authority-parts'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { readServerAddress } from './read-server-address'

const folder = '/etc/envoy'
/** The guide's value of `COUNTERSIGN_GRPC_PORT`. */
const grpcPort = 3001

/**
 * The files of docs/gateways/envoy.md with the values of one service: the key, the configuration, and what stands in it
 * instead where Envoy asks over gRPC. The guide's blocks are this with its example's.
 */
export function envoyConfiguration(input: GatewayConfigurationInput): ConfigurationFile[] {
  const yaml = { language: 'yaml', isSecret: false } as const
  return [
    {
      name: 'envoy.env',
      place: `${folder}/countersign.env`,
      language: 'sh',
      isSecret: true,
      content: `COUNTERSIGN_GATEWAY_KEY=${input.gatewayKey}\n`,
    },
    {
      name: 'envoy.yaml',
      place: `${folder}/envoy.yaml`,
      ...yaml,
      content: listener(input) + httpService(input) + router + httpCluster(input) + backendCluster(input),
    },
    { name: 'grpc-service.yaml', place: 'Over gRPC: in the place of http_service', ...yaml, content: grpcService },
    {
      name: 'grpc-cluster.yaml',
      place: 'Over gRPC: in the place of the cluster countersign',
      ...yaml,
      content: grpcCluster(input),
    },
  ]
}

/** Hosts in quotes: `[::1]` would be a list. So is each slug: `on` would be a truth value, and `7` a number. */
const quoteAll = (texts: readonly string[]): string => texts.map((text) => `'${text}'`).join(', ')

const unavailable =
  '{"title":"Countersign cannot decide now, so the answer is no.","code":"unavailable","detail":"The gateway got no decision."}'
const misdirected =
  '{"title":"The request was sent to a host that this gateway does not serve.","code":"authority_unknown"}'
const noBackend = '{"title":"The service behind the gateway did not answer.","status":502}'

const listener = ({ slug, authorities }: GatewayConfigurationInput): string => `static_resources:
  listeners:
    - name: '${slug}'
      address: { socket_address: { address: 0.0.0.0, port_value: ${portOf(authorities[0]) ?? 80} } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: '${slug}'
                use_remote_address: true
                skip_xff_append: true
                normalize_path: false
                merge_slashes: false
                path_with_escaped_slashes_action: KEEP_UNCHANGED
                common_http_protocol_options:
                  headers_with_underscores_action: DROP_HEADER
                  max_headers_count: 300
                upgrade_configs: [{ upgrade_type: websocket }]
                # Before anything else: what a client writes in Countersign's name, or in that of a gateway.
                early_header_mutation_extensions:
                  - name: envoy.http.early_header_mutation.header_mutation
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
                      mutations:
                        - remove_on_match:
                            key_matcher:
                              safe_regex:
                                regex: (countersign|forwarded|x[-_.](envoy|forwarded|original|real|rewrite))([-_.].*)?
                        - append:
                            header: { key: x-forwarded-for, value: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%' }
                        - append:
                            header: { key: x-forwarded-host, value: '%REQ(:authority)%' }
                # What the client reads when the answer is Envoy's own.
                local_reply_config:
                  mappers:
                    - filter:
                        response_flag_filter: { flags: [UC, UF, UH, UPE, UR, UT] }
                      status_code: 502
                      body_format_override:
                        content_type: application/problem+json
                        text_format_source:
                          inline_string: '${noBackend}'
                    - filter:
                        status_code_filter:
                          comparison: { op: EQ, value: { default_value: 421, runtime_key: countersign.misdirected } }
                      status_code: 403
                      headers_to_add:
                        - header: { key: cache-control, value: no-store }
                        - header:
                            key: countersign-problem
                            value: '${misdirected}'
                      body_format_override:
                        content_type: application/problem+json
                        text_format_source:
                          inline_string: '${misdirected}'
                    # An answer to the check that is no denial of Countersign's, or none.
                    - filter:
                        or_filter:
                          filters:
                            - status_code_filter:
                                comparison:
                                  { op: EQ, value: { default_value: 503, runtime_key: countersign.undecided } }
                            - and_filter:
                                filters:
                                  - response_flag_filter: { flags: [UAEX] }
                                  - status_code_filter:
                                      comparison:
                                        { op: NE, value: { default_value: 401, runtime_key: countersign.denied } }
                                  - status_code_filter:
                                      comparison:
                                        { op: NE, value: { default_value: 403, runtime_key: countersign.forbidden } }
                      status_code: 403
                      headers_to_add:
                        - header: { key: cache-control, value: no-store }
                        - header:
                            key: countersign-problem
                            value: '${unavailable}'
                      body_format_override:
                        content_type: application/problem+json
                        text_format_source:
                          inline_string: '${unavailable}'
                route_config:
                  virtual_hosts:
                    - name: '${slug}'
                      domains: [${quoteAll(authorities)}]
                      typed_per_filter_config:
                        envoy.filters.http.ext_authz:
                          '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute
                          check_settings:
                            context_extensions: { countersign-service: '${slug}' }
                      routes:
                        # Yes is an assertion, and nothing else.
                        - match:
                            prefix: /
                            headers:
                              - name: countersign-assertion
                                string_match: { safe_regex: { regex: '[\\w-]+\\.[\\w-]+\\.[\\w-]+' } }
                          route: { cluster: ${slug}_backend, timeout: 60s }
                        - match: { prefix: / }
                          direct_response: { status: 503 }
                    - name: misdirected
                      domains: ['*']
                      typed_per_filter_config:
                        envoy.filters.http.ext_authz:
                          '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute
                          disabled: true
                      routes:
                        - match: { prefix: / }
                          direct_response: { status: 421 }
                http_filters:
                  - name: envoy.filters.http.ext_authz
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
                      transport_api_version: V3
                      failure_mode_allow: false
                      status_on_error: { code: ServiceUnavailable }
                      clear_route_cache: true
                      validate_mutations: true
                      encode_raw_headers: true
                      allowed_headers:
                        patterns: [{ safe_regex: { regex: .* } }]
                      disallowed_headers:
                        patterns: [{ exact: connection }, { exact: expect }, { exact: te }, { exact: upgrade }]
                      with_request_body:
                        max_request_bytes: 524288
                        allow_partial_message: true
                        pack_as_bytes: true
`

const httpService = ({ slug, serverUrl }: GatewayConfigurationInput): string => `                      http_service:
                        server_uri: { uri: ${serverUrl}, cluster: countersign, timeout: 1s }
                        path_prefix: /api/v1/authz/envoy-raw/${slug}
                        authorization_request:
                          headers_to_add:
                            - key: countersign-gateway-key
                              value: '%ENVIRONMENT(COUNTERSIGN_GATEWAY_KEY)%'
                        authorization_response:
                          allowed_upstream_headers:
                            patterns:
                              - exact: countersign-assertion
                              - exact: countersign-decision
                              - exact: countersign-machine
`

const grpcService = `                      grpc_service:
                        envoy_grpc: { cluster_name: countersign }
                        timeout: 1s
                        initial_metadata:
                          - key: countersign-gateway-key
                            value: '%ENVIRONMENT(COUNTERSIGN_GATEWAY_KEY)%'
`

const router = `                  - name: envoy.filters.http.router
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                      suppress_envoy_headers: true
  clusters:
`

const httpCluster = ({ serverUrl }: GatewayConfigurationInput): string => {
  const { host, hostAndPort } = readServerAddress(serverUrl)
  return countersignCluster(serverUrl, {
    address: host,
    port: hostAndPort.slice(host.length + 1),
    // Shorter than Countersign keeps idle connections, so that no question meets a closing one.
    protocol: `common_http_protocol_options: { idle_timeout: 60s }
          explicit_http_config: { http_protocol_options: {} }`,
  })
}

const grpcCluster = ({ serverUrl }: GatewayConfigurationInput): string =>
  countersignCluster(serverUrl, {
    address: readServerAddress(serverUrl).host,
    port: String(grpcPort),
    protocol: 'explicit_http_config: { http2_protocol_options: {} }',
  })

function countersignCluster(
  serverUrl: string,
  { address, port, protocol }: { readonly address: string; readonly port: string; readonly protocol: string },
): string {
  return `    - name: countersign
      type: STRICT_DNS
      dns_lookup_family: V4_PREFERRED
      connect_timeout: 0.5s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          ${protocol}
${endpoint('countersign', address, port)}${serverUrl.startsWith('https:') ? tls(address) : ''}`
}

const backendCluster = ({ slug, backend }: GatewayConfigurationInput): string => {
  const [, address = '', port = ''] = /^(.*):([0-9]+)$/.exec(backend) ?? []
  return `    - name: ${slug}_backend
      type: STRICT_DNS
      dns_lookup_family: V4_PREFERRED
      connect_timeout: 1s
${endpoint(`${slug}_backend`, address, port)}`
}

const endpoint = (cluster: string, address: string, port: string): string => `      load_assignment:
        cluster_name: ${cluster}
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: '${address.replace(/^\[(.*)\]$/, '$1')}', port_value: ${port} } } }
`

const tls = (name: string): string => `      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          sni: ${name}
          common_tls_context:
            validation_context:
              trusted_ca: { filename: /etc/ssl/certs/ca-certificates.crt }
              match_typed_subject_alt_names:
                - { san_type: DNS, matcher: { exact: ${name} } }
`
