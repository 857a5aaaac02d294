import { Command } from 'commander'
import type { Service } from '@/lib/contract/services'
import type { ServiceProbe } from '@/lib/contract/service-probes'
import { exitCodes, usageError } from '../admin-error'
import { printPages, withPages, type ListOptions } from '../list-pages'
import {
  collect,
  given,
  parseCount,
  parseLabels,
  parseNames,
  parseServiceAuthority,
  parseSwitch,
} from '../parse-values'
import { formatFields, formatLabels } from '../print'
import { runCommand, withConnection } from '../run-command'

interface SettingOptions {
  name?: string
  authority?: string[]
  mode?: string
  bodyBinding?: string
  coveredFields?: string
  machines?: string[]
  allMachines?: boolean
  plainNonce?: string
  encodedSlash?: string
  requireAsymmetric?: string
}

export function serviceCommand(): Command {
  const service = new Command('service').description('protected APIs: where they are reached and what they demand')

  withConnection(withSettings(service.command('create <slug>').description('create a service'))).action(
    (slug: string, options: SettingOptions) => {
      const { authorities, ...settings } = readSettingOptions(options)
      if (!authorities) throw usageError('A service needs at least one --authority host[:port][/prefix].')
      return runCommand(options, async (run) => {
        const made = await run.api.call('createService', { body: { slug, authorities, ...settings } })
        run.print(made, showService(made))
        warnAboutReach(made, run.note)
      })
    },
  )

  withConnection(withPages(service.command('list').description('list services')))
    .option('--state <state>', 'active or retired')
    .action((options: ListOptions & { state?: string }) =>
      runCommand(options, (run) =>
        printPages(run, options, (page) => run.api.call('listServices', { query: { ...page, state: options.state } }), {
          header: ['slug', 'state', 'mode', 'body', 'machines', 'gateways', 'authorities'],
          row: (item) => [
            item.slug,
            item.state,
            item.mode,
            item.bodyBinding,
            formatLabels(item.machineSelector) || 'ALL',
            item.gateways.map(({ name }) => name).join(' '),
            item.authorities.map(showAuthority).join(' '),
          ],
          none: 'There are no services. Create one with: service create SLUG --authority HOST',
        }),
      ),
    )

  withConnection(service.command('show <service>').description('show a service, by slug or id')).action(
    (reference: string, options: object) =>
      runCommand(options, async (run) => {
        const found = await run.api.call('getService', { params: { service: reference } })
        run.print(found, showService(found))
      }),
  )

  withConnection(
    withSettings(service.command('set <service>').description('change a service; what is left away stays')),
  )
    .option('--state <state>', 'active or retired')
    .option('--no-authorities', 'take all authorities away')
    .option('--if-version <n>', 'refuse when the service has changed since this version')
    .action(
      (
        reference: string,
        options: SettingOptions & { state?: 'active' | 'retired'; authorities: boolean; ifVersion?: string },
      ) => {
        const body = {
          ...readSettingOptions(options),
          ...given({
            state: options.state,
            ifVersion: options.ifVersion === undefined ? undefined : parseCount(options.ifVersion),
          }),
          ...(!options.authorities && { authorities: [] }),
        }
        if (Object.keys(body).length === 0) throw usageError('Say what to change; see service set --help.')
        return runCommand(options, async (run) => {
          const changed = await run.api.call('updateService', { params: { service: reference }, body })
          run.print(changed, showService(changed))
          warnAboutReach(changed, run.note)
        })
      },
    )

  withConnection(
    service
      .command('probe <service>')
      .description('find out whether it is protected: one request without a credential'),
  )
    .option('--authority <host[:port]>', 'one of the service’s; the first unless given')
    .option('--scheme <scheme>', 'https or http')
    .action((reference: string, options: { authority?: string; scheme?: ServiceProbe['scheme'] }) =>
      runCommand(options, async (run) => {
        const body = given({ authority: options.authority, scheme: options.scheme })
        const probe = await run.api.call('probeService', { params: { service: reference }, body })
        run.print(probe, showProbe(probe))
        if (probe.outcome !== 'protected' && probe.outcome !== 'observed') process.exitCode = exitCodes.refused
      }),
    )
  return service
}

function withSettings(command: Command): Command {
  return command
    .option('--authority <host[:port][/prefix]>', 'where it is reached; may be repeated; replaces the list', collect)
    .option('--name <text>', 'what people call it')
    .option('--mode <mode>', 'enforce, or observe: record and let pass')
    .option('--body-binding <who>', 'required, backend or none: who compares the body with the signed digest')
    .option('--covered-fields <names>', 'fields that the signature must cover, as a,b,c; replaces the list')
    .option('--machines <key=value>', 'label that a machine must carry to call; may be repeated; replaces all', collect)
    .option('--all-machines', 'let every machine call')
    .option('--plain-nonce <on|off>', 'accept nonces without a sequence number')
    .option('--encoded-slash <on|off>', 'accept %2F in paths')
    .option('--require-asymmetric <on|off>', 'demand ed25519 or ecdsa-p256-sha256')
}

function readSettingOptions(options: SettingOptions) {
  if (options.allMachines && options.machines) throw usageError('--machines and --all-machines exclude each other.')
  return given({
    name: options.name,
    authorities: options.authority?.map(parseServiceAuthority),
    // Their values are checked by the contract, which says what it takes.
    mode: options.mode as Service['mode'] | undefined,
    bodyBinding: options.bodyBinding as Service['bodyBinding'] | undefined,
    coveredFields: options.coveredFields === undefined ? undefined : parseNames(options.coveredFields),
    machineSelector: options.allMachines ? {} : options.machines && parseLabels(options.machines),
    allowPlainNonce: options.plainNonce === undefined ? undefined : parseSwitch(options.plainNonce),
    allowEncodedSlash: options.encodedSlash === undefined ? undefined : parseSwitch(options.encodedSlash),
    requireAsymmetric: options.requireAsymmetric === undefined ? undefined : parseSwitch(options.requireAsymmetric),
  })
}

function showAuthority({ authority, pathPrefix }: Service['authorities'][number]): string {
  return pathPrefix === '/' ? authority : `${authority}${pathPrefix}`
}

function showService(service: Service): string {
  return formatFields([
    ['Service', service.slug],
    ['Id', service.id],
    ['Name', service.name],
    ['State', service.state],
    ['Mode', service.mode],
    ['Authorities', service.authorities.map(showAuthority)],
    ['Machines that may call', formatLabels(service.machineSelector) || 'ALL enrolled machines'],
    ['Body binding', service.bodyBinding],
    ['Covered fields', service.coveredFields.join(', ')],
    ['Plain nonces', service.allowPlainNonce ? 'accepted' : 'refused'],
    ['Encoded slashes', service.allowEncodedSlash ? 'accepted' : 'refused'],
    ['Algorithms', service.requireAsymmetric ? 'asymmetric ones only' : 'all'],
    ['Gateways', service.gateways.map(({ name }) => name).join(' ')],
    ['Version', service.version],
    ['Created', service.createdAt],
  ])
}

function showProbe(probe: ServiceProbe): string {
  return formatFields([
    ['Finding', `${probe.outcome}: ${probe.title}`],
    ['What to do', probe.advice],
    ['Asked', `${probe.scheme}://${probe.authority}${probe.path}`],
    ['Answer', probe.status === null ? 'none' : `${probe.status}, after ${probe.tookMs} ms`],
    ['Gateway', probe.gateway?.name],
    ['Decision', probe.decisionId && `${probe.decisionId} (${probe.code ?? ''})`],
  ])
}

function warnAboutReach(service: Service, note: (text: string) => void): void {
  if (service.mode === 'observe') note('In observe mode nothing is denied: requests are recorded and let through.')
  if (service.gateways.length === 0) {
    note(`No gateway asks about it yet. Make one with: gateway create NAME --profile nginx --service ${service.slug}`)
  }
}
