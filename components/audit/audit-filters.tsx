'use client'

import { useQuery } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Pill, Pills } from '@/components/ui/pill'
import { Select } from '@/components/ui/select'
import { truncateMiddle } from '@/components/ui/truncate-middle'
import { auditActionGroups, auditActionNames, auditActorTypeNames, nameOfAuditAction } from '@/lib/client/audit-words'
import { operatorListQuery } from '@/lib/client/queries/operator-queries'
import { hasAuditFilters, noAuditFilters, readDay, type AuditLogParams } from '@/lib/client/search-params/audit-log'
import { auditActorTypes, type AuditActorType } from '@/lib/domain/audit/audit-action'
import { displayText } from '@/lib/domain/display-text'
import { anyIdPattern } from '@/lib/domain/ids'

type Change = { readonly [Name in keyof typeof noAuditFilters]?: AuditLogParams[Name] | null }

export interface AuditFiltersProps {
  readonly params: AuditLogParams
  readonly onChange: (change: Change) => void
}

const kindNames: Readonly<Record<AuditActorType, string>> = {
  ...auditActorTypeNames,
  operator: 'any operator',
  api_token: 'any API token',
  machine: 'any machine',
}

/** The filters, and those that are on as pills. */
export function AuditFilters({ params, onChange }: AuditFiltersProps) {
  const { action, actorType, actor, target, from, to } = params
  const operators = useQuery(operatorListQuery({ limit: '200' })).data?.items ?? []
  const actorName =
    operators.find(({ id }) => id === actor)?.name ?? (actor === null ? '' : truncateMiddle(actor, 11, 6))
  return (
    <div className="flex flex-col gap-2.5">
      <div className="grid grid-cols-2 items-end gap-2 sm:flex sm:flex-wrap">
        <Field label="What" className="sm:w-52">
          <Select
            value={action ?? ''}
            onChange={(event) =>
              onChange({ action: auditActionNames.find((each) => each === event.target.value) ?? null })
            }
          >
            <option value="">Anything</option>
            {auditActionGroups.map(({ group, actions }) => (
              <optgroup key={group} label={group}>
                {actions.map((each) => (
                  <option key={each} value={each}>
                    {nameOfAuditAction(each)}
                  </option>
                ))}
              </optgroup>
            ))}
          </Select>
        </Field>
        <Field label="Who" className="sm:w-44">
          <Select
            value={actor ?? actorType ?? ''}
            onChange={({ target: { value } }) =>
              onChange({
                actorType: auditActorTypes.find((each) => each === value) ?? null,
                actor: anyIdPattern.test(value) ? value : null,
              })
            }
          >
            <option value="">Anybody</option>
            {auditActorTypes.map((each) => (
              <option key={each} value={each}>
                {sentence(kindNames[each])}
              </option>
            ))}
            {operators.length > 0 && (
              <optgroup label="Operators">
                {operators.map(({ id, name, email }) => (
                  <option key={id} value={id}>
                    {displayText(name, 40)} ({email})
                  </option>
                ))}
              </optgroup>
            )}
            {actor !== null && !operators.some(({ id }) => id === actor) && <option value={actor}>{actorName}</option>}
          </Select>
        </Field>
        <DayField label="From day (UTC)" value={from} onChange={(day) => onChange({ from: day })} />
        <DayField label="To day (UTC)" value={to} onChange={(day) => onChange({ to: day })} />
        <TargetFilter onFind={(id) => onChange({ target: id })} />
      </div>
      {hasAuditFilters(params) && (
        <Pills onClear={() => onChange({ ...noAuditFilters })}>
          {action !== null && (
            <Pill
              name="What"
              value={nameOfAuditAction(action)}
              valueText={nameOfAuditAction(action)}
              onRemove={() => onChange({ action: null })}
            />
          )}
          {actorType !== null && (
            <Pill
              name="Who"
              value={sentence(kindNames[actorType])}
              valueText={kindNames[actorType]}
              onRemove={() => onChange({ actorType: null })}
            />
          )}
          {actor !== null && (
            <Pill
              name="Who"
              value={<HostileText text={actorName} maxLength={40} />}
              valueText={displayText(actorName)}
              onRemove={() => onChange({ actor: null })}
            />
          )}
          {target !== null && (
            <Pill
              name="Object"
              value={<span className="font-mono">{truncateMiddle(target, 11, 6)}</span>}
              valueText={target}
              onRemove={() => onChange({ target: null })}
            />
          )}
          {from !== null && (
            <Pill name="From" value={`${from} UTC`} valueText={from} onRemove={() => onChange({ from: null })} />
          )}
          {to !== null && <Pill name="To" value={`${to} UTC`} valueText={to} onRemove={() => onChange({ to: null })} />}
        </Pills>
      )}
    </div>
  )
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

interface DayFieldProps {
  readonly label: string
  readonly value: string | null
  readonly onChange: (day: string | null) => void
}

/** The browser's own date field. While a day is only half typed it has none, and nothing changes. */
function DayField({ label, value, onChange }: DayFieldProps) {
  return (
    <Field label={label} className="min-w-0 sm:w-38">
      <Input
        // Emptied from elsewhere, such as by its pill, it begins anew.
        key={value ?? 'none'}
        type="date"
        defaultValue={value ?? ''}
        onBlur={(event) => {
          const day = readDay(event.target.value)
          if (day !== value) onChange(day)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur()
        }}
      />
    </Field>
  )
}

function TargetFilter({ onFind }: { readonly onFind: (id: string) => void }) {
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const id = text.trim()
    if (!anyIdPattern.test(id)) return setError('Paste a whole ID, such as one of a machine: mach_ and 26 characters.')
    setError(undefined)
    setText('')
    onFind(id)
  }
  return (
    <form onSubmit={submit} className="col-span-2 flex items-end gap-2" role="search" aria-label="Filter by object">
      <Field label="Object ID" error={error} className="grow sm:w-44">
        <Input
          value={text}
          placeholder="mach_…, svc_…"
          autoComplete="off"
          spellCheck={false}
          data-search
          className="sm:font-mono sm:text-xs"
          onChange={(event) => {
            setText(event.target.value)
            setError(undefined)
          }}
        />
      </Field>
      <Button type="submit">Find</Button>
    </form>
  )
}
