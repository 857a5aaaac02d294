import { environmentName } from './authority-parts'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { readServerAddress } from './read-server-address'

/** The Caddyfile of docs/gateways/caddy.md and its environment, with the values of one service. */
export function caddyConfiguration(input: GatewayConfigurationInput): ConfigurationFile[] {
  return [
    {
      name: 'caddy.env',
      place: '/etc/caddy/countersign.env',
      language: 'sh',
      isSecret: true,
      content: environment(input),
    },
    {
      name: 'Caddyfile',
      place: '/etc/caddy/Caddyfile',
      language: 'caddyfile',
      isSecret: false,
      content: caddyfile(input),
    },
  ]
}

function environment({ slug, serverUrl, backend, gatewayKey }: GatewayConfigurationInput): string {
  const server = readServerAddress(serverUrl)
  const lines = [
    `COUNTERSIGN_SERVER=${server.scheme === 'https' ? serverUrl : server.hostAndPort}`,
    `COUNTERSIGN_GATEWAY_KEY=${gatewayKey}`,
    `${environmentName(slug)}_BACKEND=${backend}`,
  ]
  return `${lines.join('\n')}\n`
}

/** A Caddyfile quotes with it. */
const tick = '`'

function caddyfile({ slug, authorities, serverUrl }: GatewayConfigurationInput): string {
  const isTls = readServerAddress(serverUrl).scheme === 'https'
  const backendVariable = `${environmentName(slug)}_BACKEND`
  return String.raw`{
	admin off
}

(countersign_misdirected) {
	header Content-Type application/problem+json
	header Cache-Control no-store
	header Countersign-Problem ${tick}{"title":"The request was sent to a host that this gateway does not serve.","code":"authority_unknown"}${tick}
	respond ${tick}{"title":"The request was sent to a host that this gateway does not serve.","code":"authority_unknown"}${tick} 403
}

(countersign_unavailable) {
	header Content-Type application/problem+json
	header Cache-Control no-store
	header Countersign-Problem ${tick}{"title":"Countersign cannot decide now, so the answer is no.","code":"unavailable","detail":"The gateway got no decision."}${tick}
	respond ${tick}{"title":"Countersign cannot decide now, so the answer is no.","code":"unavailable","detail":"The gateway got no decision."}${tick} 403
}

${authorities.join(', ')} {
	route {
		@foreign not header_regexp Host (?i)^${hostPattern(authorities)}$
		handle @foreign {
			import countersign_misdirected
		}

		request_header -Countersign*
		request_header -*Forwarded*
		request_header -X-Original*
		request_header -X_Original*
		request_header -X.Original*
		request_header -X-Rewrite*
		request_header -X_Rewrite*
		request_header -X.Rewrite*
		request_header -X-Envoy*
		request_header -X_Envoy*
		request_header -X.Envoy*
		request_header -X-Real*
		request_header -X_Real*
		request_header -X.Real*

		@websocket header_regexp Upgrade (?i)^websocket$
		@ordinary not header_regexp Upgrade (?i)^websocket$
		request_header @websocket Connection Upgrade
		request_header @ordinary -Connection
		request_header @ordinary -Upgrade

		forward_auth {$COUNTERSIGN_SERVER} {
			uri /api/v1/authz/caddy/${slug}
			header_up Countersign-Gateway-Key {$COUNTERSIGN_GATEWAY_KEY}
${isTls ? '\t\t\theader_up Host {upstream_hostport}\n' : ''}			copy_headers Countersign-Assertion Countersign-Machine Countersign-Decision
			transport http {
				dial_timeout 500ms
				response_header_timeout 1500ms
			}
			@denied status 401 403
			handle_response @denied {
				copy_response
			}
			handle_response {
				error 403
			}
		}

		@undecided not header_regexp Countersign-Assertion ^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$
		error @undecided 403
		@unidentified not header_regexp Countersign-Machine ^mach_[0-9a-z]+$
		request_header @unidentified -Countersign-Machine

		reverse_proxy {$${backendVariable}}
	}

	handle_errors {
		@allowed header_regexp Countersign-Assertion ^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$
		handle @allowed {
			header Content-Type application/problem+json
			header Cache-Control no-store
			respond ${tick}{"title":"The service behind the gateway did not answer.","status":502}${tick} 502
		}
		handle {
			import countersign_unavailable
		}
	}
}

:443 {
	import countersign_misdirected
}
`
}

/** The Host lines of the service and no other, as an expression. */
function hostPattern(authorities: readonly string[]): string {
  const escaped = authorities.map((authority) => authority.replace(/[.[\]]/g, String.raw`\$&`))
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`
}
