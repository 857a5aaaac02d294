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

/** forward-auth shows Countersign the first line of a header and the first hundred headers; the backend would get all. */
const oneLineEach = [
  'return function()',
  'local headers, problem = ngx.req.get_headers(100)',
  'if problem then return ngx.exit(403) end',
  'for _, value in pairs(headers) do',
  'if type(value) == "table" then return ngx.exit(403) end',
  'end',
  'end',
].join(' ')

/** forward-auth replaces or removes those that it copies; these it does not know. */
const forgeable = [
  'Countersign-Gateway-Key',
  'Countersign-Problem',
  'Forwarded',
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
