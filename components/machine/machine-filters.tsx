'use client'

import { useState, type SubmitEvent } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { SearchField } from '@/components/table/search-field'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Pill, Pills } from '@/components/ui/pill'
import { Select } from '@/components/ui/select'
import {
  hasMachineFilters,
  noMachineFilters,
  readLabelTerm,
  type MachineListParams,
} from '@/lib/client/search-params/machine-list'
import { machineStates } from '@/lib/domain/machine/machine-state'
import { machineStateLooks } from './machine-state-badge'

type Change = { readonly [Name in 'state' | 'q' | 'label']?: MachineListParams[Name] | null }

export interface MachineFiltersProps {
  readonly params: MachineListParams
  readonly onChange: (change: Change) => void
}

/** The filters, and those that are on as pills. */
export function MachineFilters({ params, onChange }: MachineFiltersProps) {
  const { state, q, label } = params
  return (
    <div className="flex flex-col gap-2.5">
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        <SearchField
          label="Name begins with"
          value={q}
          onChange={(text) => onChange({ q: text === '' ? null : text })}
          className="col-span-2 sm:w-64"
        />
        <Field label="State" isLabelHidden className="col-span-2 sm:w-40">
          <Select
            value={state ?? ''}
            onChange={(event) =>
              onChange({ state: machineStates.find((candidate) => candidate === event.target.value) ?? null })
            }
          >
            <option value="">Any state</option>
            {machineStates.map((each) => (
              <option key={each} value={each}>
                {machineStateLooks[each].name}
              </option>
            ))}
          </Select>
        </Field>
        <LabelFilter onAdd={(term) => onChange({ label: [...new Set([...label, term])].slice(0, 8) })} />
      </div>
      {hasMachineFilters(params) && (
        <Pills onClear={() => onChange({ ...noMachineFilters })}>
          {state !== null && (
            <Pill
              name="State"
              value={machineStateLooks[state].name}
              valueText={machineStateLooks[state].name}
              onRemove={() => onChange({ state: null })}
            />
          )}
          {q !== '' && (
            <Pill
              name="Name begins with"
              value={<HostileText text={q} maxLength={40} />}
              valueText={q}
              onRemove={() => onChange({ q: null })}
            />
          )}
          {label.map((term) => (
            <Pill
              key={term}
              name="Label"
              value={<HostileText text={term} maxLength={60} className="font-mono" />}
              valueText={term}
              onRemove={() => onChange({ label: label.filter((other) => other !== term) })}
            />
          ))}
        </Pills>
      )}
    </div>
  )
}

function LabelFilter({ onAdd }: { readonly onAdd: (term: string) => void }) {
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const term = readLabelTerm(text)
    if (term === null) return setError('Write key=value, such as env=production.')
    setError(undefined)
    setText('')
    onAdd(term)
  }
  return (
    <form onSubmit={submit} className="col-span-2 flex items-start gap-2" role="search" aria-label="Filter by label">
      <Field label="Label, key=value" isLabelHidden error={error} className="grow sm:w-52">
        <Input
          value={text}
          placeholder="env=production"
          autoComplete="off"
          spellCheck={false}
          className="sm:font-mono sm:text-xs"
          onChange={(event) => {
            setText(event.target.value)
            setError(undefined)
          }}
        />
      </Field>
      <Button type="submit">Add label</Button>
    </form>
  )
}
