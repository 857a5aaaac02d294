import { HostileText } from '@/components/common/hostile-text'
import { MachineLink } from '@/components/machine/machine-link'
import { Facts, type Fact } from '@/components/ui/facts'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import type { Decision } from '@/lib/contract/decisions'

const contentNames: Readonly<Record<string, string>> = {
  checked: 'Compared with the signed digest',
  unchecked: 'Left to the service to compare',
  none: 'No body',
}

/** Everything that is on record of a decision. */
export function DecisionFacts({ decision }: { readonly decision: Decision }) {
  const { machine, service, gateway } = decision
  const text = (value: string | null, maxLength = 512): Fact['value'] =>
    value === null ? null : <HostileText text={value} maxLength={maxLength} className="font-mono text-xs" />
  const facts: Fact[] = [
    { name: 'Decided', value: <Instant at={decision.at} show="local" /> },
    {
      name: 'Requests',
      value:
        decision.count > 1 ? (
          <>
            {decision.count.toLocaleString('en')}, the last <Instant at={decision.lastAt} show="local" />
          </>
        ) : null,
    },
    { name: 'Machine', value: machine && <MachineLink machine={machine} /> },
    { name: 'Machine ID', value: machine && <Identifier value={machine.id} what="machine ID" /> },
    { name: 'Generation', value: decision.generation },
    { name: 'Credential', value: decision.useKey && <CredentialName useKey={decision.useKey} /> },
    {
      name: 'Service',
      value: service && (
        <>
          <HostileText text={service.name} maxLength={64} />
          {service.id === null && <span className="text-quiet"> (no service has this name)</span>}
        </>
      ),
    },
    { name: 'Gateway', value: gateway && (gateway.name ?? <Identifier value={gateway.id} what="gateway ID" />) },
    { name: 'Method', value: text(decision.method, 32) },
    { name: 'Host', value: text(decision.authority) },
    {
      name: 'Host, as the gateway was asked',
      value: decision.reportedAuthority === decision.authority ? null : text(decision.reportedAuthority),
    },
    { name: 'Path', value: text(decision.path, 2048) },
    { name: 'Query names', value: decision.queryNames.length === 0 ? null : text(decision.queryNames.join(', ')) },
    { name: 'Body', value: decision.content && (contentNames[decision.content] ?? text(decision.content)) },
    { name: 'From', value: text(decision.sourceAddress, 64) },
    { name: 'Detail', value: text(decision.detail, 1024) },
    { name: 'Decision ID', value: <Identifier value={decision.id} what="decision ID" isWhole /> },
  ]
  return <Facts facts={facts.filter((fact) => fact.value !== null && fact.value !== '')} />
}

/** `s41` is the 41st number of the generation, `n…` a random nonce. */
function CredentialName({ useKey }: { readonly useKey: string }) {
  const number = /^s(\d{1,20})$/.exec(useKey)?.[1]
  if (number !== undefined) return <span className="tabular">Number {number}</span>
  return <HostileText text={useKey} maxLength={128} className="font-mono text-xs" />
}
