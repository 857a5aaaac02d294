'use client'

import { Field } from '@/components/ui/field'
import { Pill, Pills } from '@/components/ui/pill'
import { Select } from '@/components/ui/select'
import { roleTexts } from '@/lib/client/operator-actions'
import { operatorRoles, type OperatorRole } from '@/lib/domain/operator/operator-role'
import { operatorStates, type OperatorState } from '@/lib/domain/operator/operator-state'
import { operatorStateLooks } from './operator-badges'

export interface OperatorFiltersProps {
  readonly role: OperatorRole | null
  readonly state: OperatorState | null
  readonly onChange: (change: { role?: OperatorRole | null; state?: OperatorState | null }) => void
}

/** The filters, and those that are on as pills. */
export function OperatorFilters({ role, state, onChange }: OperatorFiltersProps) {
  return (
    <div className="flex flex-col gap-2.5">
      <div className="grid grid-cols-2 gap-2 sm:flex">
        <Field label="Role" isLabelHidden className="sm:w-40">
          <Select
            value={role ?? ''}
            onChange={(event) => onChange({ role: operatorRoles.find((each) => each === event.target.value) ?? null })}
          >
            <option value="">Any role</option>
            {operatorRoles.map((each) => (
              <option key={each} value={each}>
                {roleTexts[each].name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="State" isLabelHidden className="sm:w-40">
          <Select
            value={state ?? ''}
            onChange={(event) =>
              onChange({ state: operatorStates.find((each) => each === event.target.value) ?? null })
            }
          >
            <option value="">Any state</option>
            {operatorStates.map((each) => (
              <option key={each} value={each}>
                {operatorStateLooks[each].name}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {(role !== null || state !== null) && (
        <Pills onClear={() => onChange({ role: null, state: null })}>
          {role !== null && (
            <Pill
              name="Role"
              value={roleTexts[role].name}
              valueText={roleTexts[role].name}
              onRemove={() => onChange({ role: null })}
            />
          )}
          {state !== null && (
            <Pill
              name="State"
              value={operatorStateLooks[state].name}
              valueText={operatorStateLooks[state].name}
              onRemove={() => onChange({ state: null })}
            />
          )}
        </Pills>
      )}
    </div>
  )
}
