/**
 * Who may import whom (docs/architecture.md). A room is a folder; the first rule whose `room` matches a file holds for it.
 * `ours` lists rooms, `packages` npm packages (`*` is any). What is not listed is refused, and `why` is the reason given.
 */
export interface ImportRule {
  readonly room: RegExp
  readonly ours: readonly RegExp[]
  readonly packages: readonly (string | RegExp)[]
  readonly why: string
}

const anyOf = (...folders: string[]) => folders.map((folder) => new RegExp(`^${folder}(/|$)`))

export const importRules: readonly ImportRule[] = [
  {
    room: /^lib\/protocol\//,
    ours: anyOf('lib/protocol'),
    packages: ['node:crypto', 'structured-headers'],
    why: 'The protocol is pure: it does no I/O, reads no clock, and is bundled into the agent.',
  },
  {
    room: /^lib\/platform\//,
    ours: anyOf('lib/platform'),
    packages: [/^node:/],
    why: 'The platform is what both programs need of the operating system; it knows nothing of the product.',
  },
  {
    room: /^lib\/domain\//,
    ours: anyOf('lib/domain', 'lib/protocol'),
    packages: ['typeid-js'],
    why: 'Rules and types are pure: no I/O, no clock, no environment.',
  },
  {
    room: /^lib\/contract\/generate-docs\.ts$/,
    ours: anyOf('lib/contract'),
    packages: [/^node:/],
    why: 'The generator writes what the contract renders.',
  },
  {
    room: /^lib\/contract\//,
    ours: anyOf('lib/contract', 'lib/domain'),
    packages: ['zod', 'zod-openapi'],
    why: 'The contract is the API as data.',
  },
  {
    room: /^lib\/server\/(database\/|[a-z-]+\/[a-z-]*store\.ts$)/,
    ours: anyOf('lib/server', 'lib/domain', 'lib/protocol', 'lib/contract', 'lib/platform'),
    packages: ['*'],
    why: '',
  },
  {
    room: /^lib\/server\/(http|auth)\//,
    ours: anyOf('lib/server', 'lib/domain', 'lib/protocol', 'lib/contract', 'lib/platform'),
    // next-auth keeps the session's cookie; otpauth and qrcode make second factors.
    packages: [/^node:/, 'next', 'next-auth', 'otpauth', 'qrcode', 'zod', 'pino', 'ipaddr.js'],
    why: 'Handlers translate between HTTP and use cases; only stores touch the database.',
  },
  {
    room: /^lib\/server\/envoy\//,
    ours: anyOf('lib/server', 'lib/domain', 'lib/protocol', 'lib/contract/problem'),
    packages: [/^node:/, '@grpc/grpc-js', 'protobufjs/minimal.js'],
    why: 'gRPC stays in its room; it asks the verification path and decides nothing.',
  },
  {
    room: /^lib\/server\/telemetry\//,
    ours: anyOf('lib/server', 'lib/domain'),
    packages: [/^node:/, 'prom-client', /^@opentelemetry\//],
    why: 'Metrics and traces are read here and counted elsewhere: nobody else knows who reads them.',
  },
  {
    room: /^lib\/server\/verification\//,
    ours: anyOf('lib/server', 'lib/domain', 'lib/protocol', 'lib/contract/problem'),
    packages: [/^node:/, 'lru-cache', 'ipaddr.js'],
    why: 'Nothing but the decision itself is on the verification path: no Prisma, no validation library, no framework.',
  },
  {
    room: /^lib\/server\/process\//,
    ours: anyOf('lib/server', 'lib/platform'),
    packages: [/^node:/, 'next', 'pino'],
    why: 'Here the parts are put together and nothing else is done.',
  },
  {
    room: /^lib\/server\//,
    ours: anyOf('lib/server', 'lib/domain', 'lib/protocol', 'lib/contract', 'lib/platform'),
    packages: [/^node:/, 'zod', 'pino', 'lru-cache', 'ipaddr.js'],
    why: 'Use cases reach the database through stores and know nothing of Next.js.',
  },
  {
    room: /^lib\/client\//,
    ours: anyOf('lib/client', 'lib/contract', 'lib/domain'),
    packages: ['*'],
    why: 'The browser is a client of the contract.',
  },
  {
    room: /^components\/ui\//,
    ours: anyOf('components/ui'),
    packages: ['*'],
    why: 'Primitives know nothing of router, query or domain.',
  },
  {
    room: /^components\//,
    ours: anyOf('components', 'lib/client', 'lib/contract', 'lib/domain'),
    packages: ['*'],
    why: 'Components are clients of the contract.',
  },
  {
    room: /^agent\//,
    ours: anyOf('agent', 'lib/protocol', 'lib/contract', 'lib/platform'),
    packages: [/^node:/],
    why: 'The agent is one file without dependencies.',
  },
  {
    room: /^middleware\//,
    ours: anyOf('middleware', 'lib/protocol', 'lib/contract', 'lib/platform'),
    packages: [/^node:/],
    why: 'A backend takes the middleware without dependencies.',
  },
  {
    room: /^app\//,
    ours: anyOf('app', 'components', 'lib'),
    packages: ['*'],
    why: 'Pages stand on top of everything but programs.',
  },
  {
    room: /^bin\//,
    ours: anyOf('bin', 'lib/server', 'lib/contract', 'lib/domain', 'lib/platform', 'lib/protocol'),
    packages: [/^node:/, 'commander', 'pino'],
    why: 'The admin command is a client of the contract; without a server it opens the same dispatcher.',
  },
  {
    room: /^(server|prisma\.config|vitest\.config|playwright\.config)\.ts$/,
    ours: anyOf('lib'),
    packages: ['*'],
    why: '',
  },
  { room: /^(test|e2e|bench|demo)\//, ours: [/./], packages: ['*'], why: '' },
]
