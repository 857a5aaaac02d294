import { isLoopbackAuthority } from './authority-parts'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { readServerAddress } from './read-server-address'

/** The program of docs/middleware.md for Express and the file of its key, with the values of one service. */
export function libraryConfiguration({
  slug,
  serverUrl,
  backend,
  gatewayKey,
}: GatewayConfigurationInput): ConfigurationFile[] {
  const { scheme, authority } = readServerAddress(serverUrl)
  const needsWord = scheme === 'http' && !isLoopbackAuthority(authority)
  const end = backend.lastIndexOf(':')
  const lines = [
    `import express from 'express'`,
    `import { countersignOf, requireCountersign } from 'countersign/middleware'`,
    '',
    'const countersign = requireCountersign({',
    `  service: '${slug}',`,
    `  server: '${serverUrl}',`,
    ...(needsWord ? ['  allowHttp: true,'] : []),
    `  gatewayKeyFile: '/etc/countersign/gateway.key',`,
    '})',
    '',
    'const app = express()',
    'app.use(countersign)',
    'app.use(express.json())',
    `app.all('/v1/orders', (req, res) => {`,
    '  res.json({ calledBy: countersignOf(req).machine?.id, received: req.body })',
    '})',
    `app.listen(${backend.slice(end + 1)}, '${backend.slice(0, end).replace(/^\[(.*)\]$/, '$1')}')`,
  ]
  return [
    {
      name: 'gateway.key',
      place: '/etc/countersign/gateway.key',
      language: 'text',
      isSecret: true,
      content: `${gatewayKey}\n`,
    },
    {
      name: 'express.mjs',
      place: 'the service’s own program',
      language: 'js',
      isSecret: false,
      content: `${lines.join('\n')}\n`,
    },
  ]
}
