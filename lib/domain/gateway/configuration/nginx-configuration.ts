import { hostOf, portOf } from './authority-parts'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { readServerAddress } from './read-server-address'

const folder = '/etc/nginx'

/**
 * The four files of docs/gateways/nginx.md with the values of one service. The guide's blocks are this with its example's.
 * nginx has one space of names for all sites: each service's are its own, so that several stand side by side.
 */
export function nginxConfiguration(input: GatewayConfigurationInput): ConfigurationFile[] {
  const { slug } = input
  const name = variableName(slug)
  return [
    {
      name: `countersign/${slug}-gateway-key.conf`,
      place: `${folder}/countersign/${slug}-gateway-key.conf`,
      language: 'nginx',
      isSecret: true,
      content: `proxy_set_header Countersign-Gateway-Key "${input.gatewayKey}";\n`,
    },
    {
      name: `countersign/${slug}-check.conf`,
      place: `${folder}/countersign/${slug}-check.conf`,
      language: 'nginx',
      isSecret: false,
      content: check(name),
    },
    {
      name: `countersign/${slug}-backend.conf`,
      place: `${folder}/countersign/${slug}-backend.conf`,
      language: 'nginx',
      isSecret: false,
      content: backendLines(name),
    },
    {
      name: `${slug}.conf`,
      place: `${folder}/conf.d/${slug}.conf`,
      language: 'nginx',
      isSecret: false,
      content: site(input),
    },
  ]
}

const check = (name: string): string => `if ($countersign_${name}_host = "") {
    return 421;
}

auth_request /.countersign-check;
auth_request_set $countersign_${name}_status $status;
auth_request_set $countersign_${name}_assertion $upstream_http_countersign_assertion;
auth_request_set $countersign_${name}_machine $upstream_http_countersign_machine;
auth_request_set $countersign_${name}_decision $upstream_http_countersign_decision;
auth_request_set $countersign_${name}_problem $upstream_http_countersign_problem;
auth_request_set $countersign_${name}_accept_signature $upstream_http_accept_signature;

error_page 401 = @countersign_unauthorized;
error_page 403 = @countersign_forbidden;
error_page 421 = @countersign_misdirected;
error_page 500 502 504 = @countersign_failed;
`

const backendLines = (name: string): string => `proxy_pass http://$countersign_${name}_upstream;
proxy_http_version 1.1;
proxy_set_header Host $countersign_${name}_host;
proxy_set_header Upgrade $countersign_${name}_upgrade;
proxy_set_header Connection $countersign_${name}_connection;

proxy_set_header Countersign-Assertion $countersign_${name}_assertion;
proxy_set_header Countersign-Machine $countersign_${name}_machine;
proxy_set_header Countersign-Decision $countersign_${name}_decision;
proxy_set_header Countersign-Problem "";
proxy_set_header Countersign-Gateway-Key "";

proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Host $countersign_${name}_host;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header Forwarded "";
proxy_set_header X-Forwarded-Method "";
proxy_set_header X-Forwarded-Port "";
proxy_set_header X-Forwarded-Prefix "";
proxy_set_header X-Forwarded-Server "";
proxy_set_header X-Forwarded-Uri "";
proxy_set_header X-Original-Address "";
proxy_set_header X-Original-Content-Length "";
proxy_set_header X-Original-Host "";
proxy_set_header X-Original-Method "";
proxy_set_header X-Original-URI "";
proxy_set_header X-Original-URL "";
proxy_set_header X-Rewrite-URL "";
proxy_set_header X-Envoy-Original-Method "";
proxy_set_header X-Envoy-Original-Path "";
`

function site({ slug, authorities, serverUrl, backend }: GatewayConfigurationInput): string {
  const server = readServerAddress(serverUrl)
  const backendName = `${slug}_backend`
  const name = variableName(slug)
  return String.raw`upstream countersign_${name} {
    server ${server.hostAndPort};
    keepalive 32;
}

upstream ${backendName} {
    server ${backend};
    keepalive 32;
}

# Takes no connections: where a request ends that nobody vouched for.
upstream refused_by_countersign_${name} {
    server 127.0.0.1:1 down;
}

# Yes is 200 with an assertion, and nothing else.
map "$countersign_${name}_status $countersign_${name}_assertion" $countersign_${name}_allowed {
    default                         "";
    "~^200 [\w-]+\.[\w-]+\.[\w-]+$" yes;
}

map $countersign_${name}_allowed $countersign_${name}_upstream {
    ""      refused_by_countersign_${name};
    default ${backendName};
}

# The hosts of the service: the name that nginx routes by, then the Host line. Both count, so that neither can lie.
map "$host $http_host" $countersign_${name}_host {
${hostLines(authorities)}
}

# A chunked body has no length; any word but 0 says that there is a body.
map $http_transfer_encoding $countersign_${name}_content_length {
    ""      $http_content_length;
    default chunked;
}

# Only WebSocket may take a connection over: h2c would carry requests that nobody checks.
map $http_upgrade $countersign_${name}_upgrade {
    default       "";
    ~*^websocket$ websocket;
}

map $countersign_${name}_upgrade $countersign_${name}_connection {
    ""      "";
    default upgrade;
}

# The verification service's own words, or ours when it had none.
map $countersign_${name}_problem $countersign_${name}_denial {
    ""      '{"title":"Countersign cannot decide now, so the answer is no.","code":"unavailable","detail":"The gateway got no decision."}';
    default $countersign_${name}_problem;
}

server {
    listen ${portOf(authorities[0]) ?? 80};
    server_name ${[...new Set(authorities.map(hostOf))].join(' ')};
    client_max_body_size 10m;

    # nginx's defaults, which have to stay: X_Original_Uri and X.Original.Uri are dropped here.
    underscores_in_headers off;
    ignore_invalid_headers on;

    location / {
        include countersign/${slug}-check.conf;
        include countersign/${slug}-backend.conf;
    }

    location = /.countersign-check {
        internal;
        proxy_pass ${server.scheme}://countersign_${name}/api/v1/authz/nginx/${slug};
        proxy_http_version 1.1;
${server.scheme === 'https' ? tlsLines(server.host) : ''}        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header Connection "";

        include countersign/${slug}-gateway-key.conf;
        proxy_set_header X-Original-Method $request_method;
        proxy_set_header X-Original-URI $request_uri;
        proxy_set_header X-Original-Host $http_host;
        proxy_set_header X-Original-Content-Length $countersign_${name}_content_length;
        proxy_set_header X-Original-Address $remote_addr;

        proxy_set_header Countersign-Assertion "";
        proxy_set_header Countersign-Machine "";
        proxy_set_header Countersign-Decision "";
        proxy_set_header Countersign-Problem "";
        proxy_set_header Forwarded "";
        proxy_set_header X-Forwarded-For "";
        proxy_set_header X-Forwarded-Host "";
        proxy_set_header X-Forwarded-Method "";
        proxy_set_header X-Forwarded-Uri "";

        proxy_connect_timeout 500ms;
        proxy_send_timeout 1s;
        proxy_read_timeout 1500ms;
        proxy_next_upstream off;
        proxy_buffer_size 32k;
        proxy_buffers 4 32k;
    }

    location @countersign_unauthorized {
        default_type application/problem+json;
        add_header Accept-Signature $countersign_${name}_accept_signature always;
        add_header Countersign-Problem $countersign_${name}_denial always;
        add_header Cache-Control no-store always;
        return 401 $countersign_${name}_denial;
    }

    location @countersign_forbidden {
        default_type application/problem+json;
        add_header Countersign-Problem $countersign_${name}_denial always;
        add_header Cache-Control no-store always;
        return 403 $countersign_${name}_denial;
    }

    location @countersign_misdirected {
        default_type application/problem+json;
        set $countersign_${name}_problem '{"title":"The request was sent to a host that this gateway does not serve.","code":"authority_unknown"}';
        add_header Countersign-Problem $countersign_${name}_problem always;
        add_header Cache-Control no-store always;
        return 403 $countersign_${name}_problem;
    }

    location @countersign_failed {
        default_type application/problem+json;
        add_header Countersign-Problem $countersign_${name}_denial always;
        add_header Cache-Control no-store always;
        if ($countersign_${name}_allowed) {
            add_header Cache-Control no-store always;
            return 502 '{"title":"The service behind the gateway did not answer.","status":502}';
        }
        return 403 $countersign_${name}_denial;
    }
}
`
}

/** The name that nginx routes by and the Host line, both; the longest one says where the values stand. */
function hostLines(authorities: readonly string[]): string {
  const lines = authorities.map((authority) => [`"${hostOf(authority)} ${authority}"`, authority] as const)
  const width = Math.max(...lines.map(([key]) => key.length))
  return [['default', '""'] as const, ...lines].map(([key, value]) => `    ${key.padEnd(width)} ${value};`).join('\n')
}

/** The verification service behind TLS: its certificate is checked, and its own name asked for. */
function tlsLines(host: string): string {
  return `        proxy_ssl_server_name on;
        proxy_ssl_name ${host};
        proxy_ssl_verify on;
        proxy_ssl_verify_depth 2;
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
        proxy_set_header Host ${host};
`
}

/** Names of variables take no dash. */
function variableName(slug: string): string {
  return slug.replaceAll('-', '_')
}
