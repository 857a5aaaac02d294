import type { Service } from '@/lib/contract/services'
import type { BodyBinding } from '@/lib/domain/service/service-settings'

/** What a change of settings lets pass that did not, or stops that did. */
export interface Consequence {
  readonly effect: 'widens' | 'narrows'
  readonly text: string
}

type Settings = Pick<
  Service,
  | 'state'
  | 'mode'
  | 'bodyBinding'
  | 'authorities'
  | 'coveredFields'
  | 'machineSelector'
  | 'allowPlainNonce'
  | 'allowEncodedSlash'
  | 'requireAsymmetric'
>

const widens = (text: string): Consequence => ({ effect: 'widens', text })
const narrows = (text: string): Consequence => ({ effect: 'narrows', text })

/** The more a body is bound, the higher. */
const bindingRank: Readonly<Record<BodyBinding, number>> = { none: 0, backend: 1, required: 2 }

const bindingTexts: Readonly<Record<BodyBinding, string>> = {
  none: 'Bodies are compared by nobody: one that was changed on the way is let through.',
  backend: 'The backend has to compare each body with its signed digest; nobody before it does.',
  required:
    'Requests with a body are denied behind gateways that do not see bodies, such as nginx and Caddy (body_unchecked).',
}

/** What follows from a change, in the order of its weight. Empty where nothing that decides is changed. */
export function describeServiceChange(before: Settings, change: Partial<Settings>): Consequence[] {
  const after: Settings = { ...before, ...change }
  return [
    ...changeOfState(before, after),
    ...changeOfMode(before, after),
    ...changeOfAuthorities(before, after),
    ...changeOfMachines(before, after),
    ...changeOfBinding(before, after),
    ...changeOfFields(before, after),
    ...changeOfSwitches(before, after),
  ]
}

function changeOfState(before: Settings, after: Settings): Consequence[] {
  if (before.state === after.state) return []
  return after.state === 'retired'
    ? [narrows('Every request to it is denied from now on. Its records stay, and it can be brought back.')]
    : [widens('Requests to it are decided again by its settings.')]
}

function changeOfMode(before: Settings, after: Settings): Consequence[] {
  if (before.mode === after.mode) return []
  return after.mode === 'observe'
    ? [widens('Nothing is denied any more: what would be refused is recorded and let through, stolen keys included.')]
    : [
        narrows(
          'Requests without a valid countersign are denied from now on. Look first whom observing would have hit.',
        ),
      ]
}

function changeOfAuthorities(before: Settings, after: Settings): Consequence[] {
  const name = ({ authority, pathPrefix }: Settings['authorities'][number]) =>
    pathPrefix === '/' ? authority : `${authority}${pathPrefix}`
  const [was, is] = [before.authorities.map(name), after.authorities.map(name)]
  const gone = was.filter((entry) => !is.includes(entry))
  const added = is.filter((entry) => !was.includes(entry))
  return [
    ...(gone.length > 0 ? [narrows(`Requests to ${gone.join(', ')} are denied (authority_unknown).`)] : []),
    ...(added.length > 0 ? [widens(`Requests to ${added.join(', ')} belong to this service and can be allowed.`)] : []),
  ]
}

function changeOfMachines(before: Settings, after: Settings): Consequence[] {
  const [was, is] = [Object.entries(before.machineSelector), Object.entries(after.machineSelector)]
  const isIn = (entries: [string, string][], [key, value]: [string, string]) =>
    entries.some(([otherKey, other]) => otherKey === key && other === value)
  const gone = was.filter((entry) => !isIn(is, entry))
  const added = is.filter((entry) => !isIn(was, entry))
  const write = (entries: [string, string][]) => entries.map(([key, value]) => `${key}=${value}`).join(', ')
  return [
    ...(added.length > 0 ? [narrows(`Machines without ${write(added)} lose access.`)] : []),
    ...(gone.length > 0
      ? [widens(is.length === 0 ? 'Every enrolled machine may call.' : `Machines need ${write(gone)} no more.`)]
      : []),
  ]
}

function changeOfBinding(before: Settings, after: Settings): Consequence[] {
  const more = bindingRank[after.bodyBinding] - bindingRank[before.bodyBinding]
  if (more === 0) return []
  return [(more > 0 ? narrows : widens)(bindingTexts[after.bodyBinding])]
}

function changeOfFields(before: Settings, after: Settings): Consequence[] {
  const gone = before.coveredFields.filter((name) => !after.coveredFields.includes(name))
  const added = after.coveredFields.filter((name) => !before.coveredFields.includes(name))
  return [
    ...(added.length > 0
      ? [narrows(`Signatures have to cover ${added.join(', ')}. Agents fetch the new list by themselves.`)]
      : []),
    ...(gone.length > 0
      ? [widens(`${gone.join(', ')} can be changed on the way: no signature covers it any more.`)]
      : []),
  ]
}

function changeOfSwitches(before: Settings, after: Settings): Consequence[] {
  const turned = (name: 'allowPlainNonce' | 'allowEncodedSlash' | 'requireAsymmetric') =>
    before[name] === after[name] ? null : after[name]
  const [plain, slash, asymmetric] = [
    turned('allowPlainNonce'),
    turned('allowEncodedSlash'),
    turned('requireAsymmetric'),
  ]
  return [
    ...(plain === true
      ? [widens('Credentials without a number are accepted; copies of such signers are not noticed.')]
      : []),
    ...(plain === false ? [narrows('Signers that put no number into their credentials are denied.')] : []),
    ...(slash === true
      ? [widens('Paths with %2F are accepted; the backend has to read them as the gateway does.')]
      : []),
    ...(slash === false ? [narrows('Paths with %2F are denied.')] : []),
    ...(asymmetric === true ? [narrows('Machines that sign with hmac-sha256, the default, are denied.')] : []),
    ...(asymmetric === false ? [widens('Machines may sign with hmac-sha256 too.')] : []),
  ]
}
