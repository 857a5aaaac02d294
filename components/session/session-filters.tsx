'use client'

import { useQuery } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { Field } from '@/components/ui/field'
import { Pill, Pills } from '@/components/ui/pill'
import { Select } from '@/components/ui/select'
import { truncateMiddle } from '@/components/ui/truncate-middle'
import { operatorListQuery } from '@/lib/client/queries/operator-queries'
import { displayText } from '@/lib/domain/display-text'
import { sessionStates, type SessionState } from '@/lib/domain/operator/operator-session'
import { sessionStateLooks } from './session-columns'

type StateFilter = SessionState | 'any'

export interface SessionFiltersProps {
  readonly state: StateFilter
  readonly operator: string | null
  /** Only an administrator has others to choose from. */
  readonly hasOperators: boolean
  readonly onChange: (change: { state?: StateFilter | null; operator?: string | null }) => void
}

const nameOfState = (state: StateFilter) => (state === 'any' ? 'Any state' : sessionStateLooks[state].name)

/** The filters, and those that are on as pills. */
export function SessionFilters({ state, operator, hasOperators, onChange }: SessionFiltersProps) {
  const operators = useQuery({ ...operatorListQuery({ limit: '200' }), enabled: hasOperators }).data?.items ?? []
  const shortId = operator === null ? '' : truncateMiddle(operator, 9, 6)
  const operatorName = operators.find(({ id }) => id === operator)?.name ?? shortId
  return (
    <div className="flex flex-col gap-2.5">
      <div className="grid grid-cols-2 gap-2 sm:flex">
        <Field label="State" isLabelHidden className="sm:w-36">
          <Select
            value={state}
            onChange={(event) =>
              onChange({ state: sessionStates.find((each) => each === event.target.value) ?? 'any' })
            }
          >
            {[...sessionStates, 'any' as const].map((each) => (
              <option key={each} value={each}>
                {nameOfState(each)}
              </option>
            ))}
          </Select>
        </Field>
        {hasOperators && (
          <Field label="Operator" isLabelHidden className="sm:w-64">
            <Select value={operator ?? ''} onChange={(event) => onChange({ operator: event.target.value || null })}>
              <option value="">Any operator</option>
              {operators.map(({ id, name, email }) => (
                <option key={id} value={id}>
                  {displayText(name, 40)} ({email})
                </option>
              ))}
              {operator !== null && !operators.some(({ id }) => id === operator) && (
                <option value={operator}>{shortId}</option>
              )}
            </Select>
          </Field>
        )}
      </div>
      {(state !== 'live' || operator !== null) && (
        <Pills onClear={() => onChange({ state: null, operator: null })}>
          {state !== 'live' && (
            <Pill
              name="State"
              value={nameOfState(state)}
              valueText={nameOfState(state)}
              onRemove={() => onChange({ state: null })}
            />
          )}
          {operator !== null && (
            <Pill
              name="Operator"
              value={<HostileText text={operatorName} maxLength={40} />}
              valueText={displayText(operatorName)}
              onRemove={() => onChange({ operator: null })}
            />
          )}
        </Pills>
      )}
    </div>
  )
}
