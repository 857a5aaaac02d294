import type { Service } from '@/lib/contract/services'
import { defaultCoveredFields } from '@/lib/domain/service/service-settings'
import { formatLabelLines, parseLabelLines, parseNames } from './label-lines'

/** A service as a form holds it: lists and tables are one text each. */
export interface ServiceFormValues {
  slug: string
  name: string
  authorities: { authority: string; pathPrefix: string }[]
  mode: Service['mode']
  bodyBinding: Service['bodyBinding']
  coveredFields: string
  machineSelector: string
  allowPlainNonce: boolean
  allowEncodedSlash: boolean
  requireAsymmetric: boolean
}

/** Fields that are one text here and a list or a table in the contract. */
export const serviceFormLeaves = ['coveredFields', 'machineSelector'] as const

/** The contract's own defaults. */
export const newServiceValues: ServiceFormValues = {
  slug: '',
  name: '',
  authorities: [{ authority: '', pathPrefix: '/' }],
  mode: 'enforce',
  bodyBinding: 'backend',
  coveredFields: defaultCoveredFields.join(', '),
  machineSelector: '',
  allowPlainNonce: true,
  allowEncodedSlash: false,
  requireAsymmetric: false,
}

export function toServiceValues(service: Service): ServiceFormValues {
  const { slug, name, mode, bodyBinding, allowPlainNonce, allowEncodedSlash, requireAsymmetric } = service
  return {
    ...{ slug, name, mode, bodyBinding, allowPlainNonce, allowEncodedSlash, requireAsymmetric },
    authorities: service.authorities.map((entry) => ({ ...entry })),
    coveredFields: service.coveredFields.join(', '),
    machineSelector: formatLabelLines(service.machineSelector),
  }
}

/** What both operations take. */
export function toServiceSettings({ slug: _slug, name, coveredFields, machineSelector, ...rest }: ServiceFormValues) {
  return {
    ...rest,
    ...(name.trim() !== '' && { name: name.trim() }),
    authorities: rest.authorities.map(({ authority, pathPrefix }) => ({
      authority: authority.trim(),
      pathPrefix: pathPrefix.trim() === '' ? '/' : pathPrefix.trim(),
    })),
    coveredFields: parseNames(coveredFields),
    machineSelector: parseLabelLines(machineSelector),
  }
}
