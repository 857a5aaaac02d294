import { hostOf } from './authority-parts'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'

/** The route of docs/gateways/apisix.md with the values of one service, for the Admin API. */
export function apisixConfiguration(input: GatewayConfigurationInput): ConfigurationFile[] {
  return [
    {
      name: 'route.json',
      place: `the body of PUT /apisix/admin/routes/${input.slug}`,
      language: 'json',
      isSecret: true,
      content: `${JSON.stringify(route(input), null, 2)}\n`,
    },
  ]
}

/**
 * forward-auth shows Countersign the first line of a header, of the first hundred headers; the backend would get all. And
 * APISIX lets X_Real_IP through, which many backends read as X-Real-IP.
 */
const oneLineEach = [
  'return function()',
  'local headers, problem = ngx.req.get_headers(100)',
  'if problem then return 403 end',
  'for name, value in pairs(headers) do',
  'if type(value) == "table" or name:find("[^%w-]") then return 403 end',
  'end',
  'end',
].join(' ')

/** forward-auth replaces or removes those that it copies; these it does not know. */
const forgeable = [
  'Countersign-Gateway-Key',
  'Countersign-Problem',
  'Forwarded',
  'X-Forwarded-Method',
  'X-Forwarded-Prefix',
  'X-Forwarded-Uri',
  'X-Original-Host',
  'X-Original-Method',
  'X-Original-URI',
  'X-Original-URL',
  'X-Rewrite-URL',
]

function route({ slug, authorities, serverUrl, backend, gatewayKey }: GatewayConfigurationInput): object {
  return {
    uri: '/*',
    hosts: [...new Set(authorities.map(hostOf))],
    plugins: {
      'serverless-pre-function': { phase: 'rewrite', functions: [oneLineEach] },
      'forward-auth': {
        uri: `${serverUrl}/api/v1/authz/apisix/${slug}`,
        ssl_verify: true,
        allow_degradation: false,
        status_on_error: 403,
        timeout: 1500,
        request_method: 'POST',
        // And every field that the service demands to be signed: what is not in this list counts as absent.
        request_headers: [
          'Signature',
          'Signature-Input',
          'Content-Digest',
          'Content-Type',
          'Authorization',
          'Cookie',
          'X-Api-Key',
        ],
        extra_headers: { 'Countersign-Gateway-Key': gatewayKey },
        upstream_headers: ['Countersign-Assertion', 'Countersign-Machine', 'Countersign-Decision'],
        client_headers: [
          'Content-Type',
          'Cache-Control',
          'Countersign-Problem',
          'WWW-Authenticate',
          'Accept-Signature',
        ],
      },
      'proxy-rewrite': { headers: { remove: forgeable } },
    },
    upstream: { type: 'roundrobin', pass_host: 'pass', nodes: { [backend]: 1 } },
  }
}
