import { isLoopbackAuthority } from './authority-parts'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { readServerAddress } from './read-server-address'

/** The command of docs/gateways/gate.md and the file of its key, with the values of one service. */
export function gateConfiguration({
  slug,
  serverUrl,
  backend,
  gatewayKey,
}: GatewayConfigurationInput): ConfigurationFile[] {
  const { scheme, authority } = readServerAddress(serverUrl)
  const needsWord = scheme === 'http' && !isLoopbackAuthority(authority)
  const lines = [
    `countersign gate --server ${serverUrl}${needsWord ? ' --allow-http' : ''}`,
    '--listen 127.0.0.1:8000',
    `--upstream http://${backend}`,
    `--service ${slug}`,
    '--gateway-key-file /etc/countersign/gateway.key',
  ]
  return [
    {
      name: 'gateway.key',
      place: '/etc/countersign/gateway.key',
      language: 'text',
      isSecret: true,
      content: `${gatewayKey}\n`,
    },
    { name: 'gate.sh', place: 'the command', language: 'sh', isSecret: false, content: `${lines.join(' \\\n  ')}\n` },
  ]
}
