import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { haproxyLua } from './haproxy-lua'
import { readServerAddress } from './read-server-address'

const folder = '/etc/haproxy'

/** The four files of docs/gateways/haproxy.md with the values of one service. The guide's blocks are this with its example's. */
export function haproxyConfiguration(input: GatewayConfigurationInput): ConfigurationFile[] {
  const { slug, gatewayKey } = input
  return [
    {
      name: 'haproxy.env',
      place: '/etc/default/haproxy',
      language: 'sh',
      isSecret: true,
      content: `COUNTERSIGN_GATEWAY_KEY=${gatewayKey}\nEXTRAOPTS="-S /run/haproxy-master.sock -f ${folder}/countersign"\n`,
    },
    {
      name: 'countersign.lua',
      place: `${folder}/countersign.lua`,
      language: 'lua',
      isSecret: false,
      content: haproxyLua,
    },
    {
      name: 'edge.cfg',
      place: `${folder}/countersign/edge.cfg`,
      language: 'haproxy',
      isSecret: false,
      content: edge(input),
    },
    {
      name: `${slug}.cfg`,
      place: `${folder}/countersign/${slug}.cfg`,
      language: 'haproxy',
      isSecret: false,
      content: service(input),
    },
  ]
}

/** What answers in our name. HAProxy's strong quotes keep it as it stands. */
function answer(status: number, problem: string): string {
  return `http-request return status ${status} content-type application/problem+json hdr Cache-Control no-store hdr Countersign-Problem '${problem}' string '${problem}'`
}

const misdirected =
  '{"title":"The request was sent to a host that this gateway does not serve.","code":"authority_unknown"}'
const undecided =
  '{"title":"Countersign cannot decide now, so the answer is no.","code":"unavailable","detail":"The gateway got no decision."}'
const failed = '{"title":"The service behind the gateway did not answer.","status":502}'

const edge = ({ slug, authorities }: GatewayConfigurationInput): string => `global
    lua-load ${folder}/countersign.lua
    # An assertion repeats the path, so a request with a long one needs more than the stock 16 KiB.
    tune.bufsize 32768

frontend edge
    bind :80
    mode http
    timeout client 60s
    timeout http-request 10s
    ${answer(403, misdirected)} unless { req.fhdr(host) -i -m str ${authorities.join(' ')} }
    use_backend ${slug} if { req.fhdr(host) -i -m str ${authorities.join(' ')} }
`

function service({ slug, authorities, serverUrl, backend }: GatewayConfigurationInput): string {
  const server = readServerAddress(serverUrl)
  const tls =
    server.scheme === 'https'
      ? ` ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt sni str(${server.host}) verifyhost ${server.host}`
      : ''
  return `backend ${slug}
    mode http
    timeout connect 2s
    timeout server 60s
    timeout tunnel 1h
    retries 1

    # The hosts of the service: the signature binds them, and the backend reads the Host line.
    ${answer(403, misdirected)} unless { req.fhdr(host) -i -m str ${authorities.join(' ')} }

    # What a client writes in Countersign's name or in a gateway's, under every name that a backend could take for it.
    http-request del-header [^a-zA-Z0-9-] -m reg
    http-request del-header countersign -m beg
    http-request del-header forwarded -m sub
    http-request del-header x-original -m beg
    http-request del-header x-rewrite -m beg
    http-request del-header x-envoy -m beg
    http-request del-header x-real -m beg

    # Only WebSocket may take a connection over: h2c would carry requests that nobody checks.
    acl is_websocket req.fhdr(upgrade) -i -m str websocket
    http-request del-header http2-settings
    http-request del-header connection
    http-request del-header upgrade unless is_websocket
    http-request set-header Connection Upgrade if is_websocket

    # A no is answered there. Whatever else is not a yes, an error in the script included, ends in the next line.
    http-request lua.countersign ${slug} abns@countersign-${slug}
    ${answer(403, undecided)} unless { var(txn.countersign_assertion) -m found }

    http-request set-header Countersign-Assertion %[var(txn.countersign_assertion)] if { var(txn.countersign_assertion) -m found }
    http-request set-header Countersign-Machine %[var(txn.countersign_machine)] if { var(txn.countersign_machine) -m found }
    http-request set-header Countersign-Decision %[var(txn.countersign_decision)] if { var(txn.countersign_decision) -m found }
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Host %[req.fhdr(host)]
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
    # A full URL as target has been checked, and goes on as its path.
    http-request set-uri %[pathq] unless { url -m beg / }

    # HAProxy's own words for a backend that is down, or late, are no denial.
    http-response set-var(txn.answered) bool(true)
    http-error status 503 content-type application/problem+json hdr Cache-Control no-store string '${failed}'
    http-error status 504 content-type application/problem+json hdr Cache-Control no-store string '${failed}'
    http-after-response set-status 502 if { status 503:504 } !{ var(txn.answered) -m found }

    server ${slug} ${backend}

# The way from the script to the verification service: here it gets its key, its time limits, and connections that last.
listen countersign-${slug}
    bind abns@countersign-${slug}
    mode http
    timeout client 2s
    timeout connect 500ms
    timeout server 1500ms
    retries 0
    http-reuse always
    http-request set-header Host ${server.authority}
    http-request set-header Countersign-Gateway-Key "\${COUNTERSIGN_GATEWAY_KEY}"
    server countersign ${server.hostAndPort}${tls}
`
}
