import { LabelList } from '@/components/common/label-list'
import { Card } from '@/components/ui/card'
import { Facts } from '@/components/ui/facts'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import type { Service } from '@/lib/contract/services'
import { AuthorityList } from './authority-list'
import { bodyBindingNames } from './body-binding-names'

/** Where a service is reached and what its requests have to prove. */
export function ServiceFacts({ service }: { readonly service: Service }) {
  const { machineSelector, coveredFields, requireAsymmetric } = service
  return (
    <Card title="What it demands">
      <Facts
        facts={[
          { name: 'Authorities', value: <AuthorityList authorities={service.authorities} /> },
          {
            name: 'Machines',
            value:
              Object.keys(machineSelector).length === 0 ? (
                'Every enrolled machine'
              ) : (
                <LabelList labels={machineSelector} />
              ),
          },
          { name: 'Body compared by', value: bodyBindingNames[service.bodyBinding] },
          {
            name: 'Covered fields',
            value:
              coveredFields.length === 0 ? (
                <span className="text-quiet">None beside what the profile demands</span>
              ) : (
                <code className="text-xs">{coveredFields.join(', ')}</code>
              ),
          },
          { name: 'Algorithms', value: requireAsymmetric ? 'Asymmetric ones only' : 'All of the profile' },
          { name: 'ID', value: <Identifier value={service.id} what="service ID" /> },
          {
            name: 'Created',
            value: (
              <span>
                <Instant at={service.createdAt} /> <span className="text-quiet">version {service.version}</span>
              </span>
            ),
          },
        ]}
      />
    </Card>
  )
}
