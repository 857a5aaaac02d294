import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { Gateway } from '@/lib/contract/gateways'
import { usageError } from '../admin-error'
import { giveSecret } from '../give-secret'
import { printPages, withPages, type ListOptions } from '../list-pages'
import { collect, given } from '../parse-values'
import { formatFields } from '../print'
import { runCommand, withConnection } from '../run-command'

interface GatewayOptions {
  profile?: Gateway['profile']
  service?: string[]
  machine?: string
}

export function gatewayCommand(): Command {
  const gateway = new Command('gateway').description(
    'whoever asks whether a request may pass: nginx, Caddy, Envoy, a gate, a library',
  )

  withConnection(gateway.command('create <name>').description('create a gateway'))
    .requiredOption('--profile <profile>', 'nginx, caddy, traefik, haproxy, apisix, envoy, gate or library')
    .option('--service <slug>', 'service that it may ask about; may be repeated', collect)
    .option('--machine <id>', 'machine whose credential it shows instead of a key (gate and library)')
    .action((name: string, options: GatewayOptions & { profile: Gateway['profile'] }) => {
      if (!options.service) throw usageError('A gateway needs at least one --service SLUG.')
      const body = {
        name,
        profile: options.profile,
        services: options.service,
        ...given({ machineId: options.machine }),
      }
      return runCommand(options, async (run) => {
        const made = await run.api.call('createGateway', { body })
        run.print(made, showGateway(made))
        if (made.machine !== null) return
        const next =
          made.profile === 'traefik' ? `certificate add ${made.name} FILE` : `key add ${made.name} --out FILE`
        run.note(`It has no key yet. Give it one with: gateway ${next}`)
      })
    })

  withConnection(withPages(gateway.command('list').description('list gateways')))
    .option('--service <service>', 'those that may ask about this one, by slug or id')
    .action((options: ListOptions & { service?: string }) =>
      runCommand(options, (run) =>
        printPages(
          run,
          options,
          (page) => run.api.call('listGateways', { query: { ...page, service: options.service } }),
          {
            header: ['name', 'profile', 'keys', 'machine', 'services'],
            row: (item) => [
              item.name,
              item.profile,
              item.keys.length,
              item.machine?.name,
              item.services.map(({ slug }) => slug).join(' '),
            ],
            none: 'There are no gateways. Create one with: gateway create NAME --profile nginx --service SLUG',
          },
        ),
      ),
    )

  withConnection(gateway.command('show <gateway>').description('show a gateway, by name or id')).action(
    (reference: string, options: object) =>
      runCommand(options, async (run) => {
        const found = await run.api.call('getGateway', { params: { gateway: reference } })
        run.print(found, showGateway(found))
      }),
  )

  withConnection(gateway.command('set <gateway>').description('change the services or the machine of a gateway'))
    .option('--service <slug>', 'service that it may ask about; may be repeated; replaces the list', collect)
    .option('--machine <id>', 'machine whose credential it shows')
    .option('--no-machine', 'no machine speaks for it any more')
    .action((reference: string, options: { service?: string[]; machine?: string | boolean }) =>
      runCommand(options, async (run) => {
        // Commander: undefined when not given, false for --no-machine.
        const machineId =
          options.machine === false ? null : typeof options.machine === 'string' ? options.machine : undefined
        const body = given({ services: options.service, machineId })
        if (Object.keys(body).length === 0)
          throw usageError('Say what to change: --service, --machine or --no-machine.')
        const changed = await run.api.call('updateGateway', { params: { gateway: reference }, body })
        run.print(changed, showGateway(changed))
      }),
    )

  const key = gateway.command('key').description('keys that a gateway shows; two live ones at most')

  withConnection(key.command('add <gateway>').description('give a gateway a key, shown once'))
    .option('--out <file>', 'write the key to a new private file instead')
    .action((reference: string, options: { out?: string }) =>
      runCommand(options, async (run) => {
        const make = () => run.api.call('addGatewayKey', { params: { gateway: reference }, body: {} })
        await giveSecret(run, options.out, make, {
          field: 'key',
          text: (made) =>
            formatFields([
              ['Key', made.id],
              ['Gateway', made.gatewayId],
              ['Created', made.createdAt],
            ]),
          what: 'The gateway key',
        })
        run.note('The gateway sends it as Countersign-Gateway-Key and overwrites what clients send under that name.')
      }),
    )

  const certificate = gateway.command('certificate').description('TLS client certificates, which count as keys')

  withConnection(
    certificate.command('add <gateway> <file>').description('pin the certificate (PEM) that a gateway shows'),
  ).action((reference: string, file: string, options: object) =>
    runCommand(options, async (run) => {
      const text = await readFile(file, 'utf8').catch(() => {
        throw usageError(`${file} cannot be read.`)
      })
      const params = { gateway: reference }
      const changed = await run.api.call('addGatewayCertificate', { params, body: { certificate: text } })
      run.print(changed, showGateway(changed))
    }),
  )

  withConnection(
    key
      .command('remove <gateway> <key-id>')
      .description('remove a key or a certificate; it works no more when this returns'),
  ).action((reference: string, keyId: string, options: object) =>
    runCommand(options, async (run) => {
      const changed = await run.api.call('removeGatewayKey', { params: { gateway: reference, key: keyId } })
      run.print(changed, showGateway(changed))
      if (changed.keys.length === 0 && changed.machine === null) {
        run.note(`${changed.name} has no key left: it can ask nothing.`)
      }
    }),
  )
  return gateway
}

function describeKey(key: Gateway['keys'][number]): string {
  const made = `${key.id}, made ${key.createdAt} by ${key.createdBy}`
  return key.kind === 'secret' ? made : `${made}: certificate sha256:${key.fingerprint}, valid until ${key.expiresAt}`
}

function showGateway(gateway: Gateway): string {
  return formatFields([
    ['Gateway', gateway.name],
    ['Id', gateway.id],
    ['Profile', gateway.profile],
    ['Services', gateway.services.map(({ slug }) => slug).join(' ')],
    ['Machine', gateway.machine && `${gateway.machine.name} (${gateway.machine.id})`],
    ['Keys', gateway.keys.map(describeKey)],
    ['Created', gateway.createdAt],
  ])
}
