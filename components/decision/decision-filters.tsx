'use client'

import { useQuery } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { Field } from '@/components/ui/field'
import { Pill, Pills } from '@/components/ui/pill'
import { Select } from '@/components/ui/select'
import { truncateMiddle } from '@/components/ui/truncate-middle'
import { decisionCodes } from '@/lib/contract/decisions'
import { nameOfCode } from '@/lib/client/format-code'
import { serviceListQuery } from '@/lib/client/queries/service-queries'
import {
  decisionRanges,
  hasDecisionFilters,
  noDecisionFilters,
  rangeNames,
  type DecisionListParams,
} from '@/lib/client/search-params/decision-list'
import { decisionOutcomes } from '@/lib/domain/decision/decision-outcome'
import { outcomeLooks } from './outcome-badge'

type Change = { readonly [Name in keyof typeof noDecisionFilters]?: DecisionListParams[Name] | null }

export interface DecisionFiltersProps {
  readonly params: DecisionListParams
  readonly onChange: (change: Change) => void
}

const find = <Value extends string>(values: readonly Value[], text: string): Value | null =>
  values.find((value) => value === text) ?? null

/** The filters, and those that are on as pills. */
export function DecisionFilters({ params, onChange }: DecisionFiltersProps) {
  const { outcome, code, machine, service, range } = params
  const services = useQuery(serviceListQuery({ limit: '200' }))
  const slugs = services.data?.items.map(({ slug }) => slug) ?? []
  const shownSlugs = service === null || slugs.includes(service) ? slugs : [service, ...slugs]
  return (
    <div className="flex flex-col gap-2.5">
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        <Field label="Decision" isLabelHidden className="sm:w-36">
          <Select
            value={outcome ?? ''}
            onChange={(event) => onChange({ outcome: find(decisionOutcomes, event.target.value) })}
          >
            <option value="">Any decision</option>
            {decisionOutcomes.map((each) => (
              <option key={each} value={each}>
                {outcomeLooks[each].name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Reason" isLabelHidden className="sm:w-52">
          <Select value={code ?? ''} onChange={(event) => onChange({ code: find(decisionCodes, event.target.value) })}>
            <option value="">Any reason</option>
            {decisionCodes.map((each) => (
              <option key={each} value={each}>
                {nameOfCode(each)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Service" isLabelHidden className="sm:w-44">
          <Select value={service ?? ''} onChange={(event) => onChange({ service: event.target.value || null })}>
            <option value="">Any service</option>
            {shownSlugs.map((slug) => (
              <option key={slug} value={slug}>
                {slug}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Time" isLabelHidden className="sm:w-44">
          <Select
            value={range ?? ''}
            onChange={(event) => onChange({ range: find(decisionRanges, event.target.value) })}
          >
            <option value="">Any time</option>
            {decisionRanges.map((each) => (
              <option key={each} value={each}>
                {rangeNames[each]}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {hasDecisionFilters(params) && (
        <Pills onClear={() => onChange({ ...noDecisionFilters })}>
          {outcome !== null && (
            <Pill
              name="Decision"
              value={outcomeLooks[outcome].name}
              valueText={outcomeLooks[outcome].name}
              onRemove={() => onChange({ outcome: null })}
            />
          )}
          {code !== null && (
            <Pill
              name="Reason"
              value={nameOfCode(code)}
              valueText={nameOfCode(code)}
              onRemove={() => onChange({ code: null })}
            />
          )}
          {service !== null && (
            <Pill
              name="Service"
              value={<HostileText text={service} maxLength={40} />}
              valueText={service}
              onRemove={() => onChange({ service: null })}
            />
          )}
          {machine !== null && (
            <Pill
              name="Machine"
              value={<HostileText text={truncateMiddle(machine, 11, 6)} className="font-mono" />}
              valueText={machine}
              onRemove={() => onChange({ machine: null })}
            />
          )}
          {range !== null && (
            <Pill
              name="Time"
              value={rangeNames[range]}
              valueText={rangeNames[range]}
              onRemove={() => onChange({ range: null })}
            />
          )}
        </Pills>
      )}
    </div>
  )
}
