import type { StructuredFieldType } from './types'

/**
 * Fields that their specifications define as structured: RFC 8942, 9204 to 9297, 9421, 9440, 9530, 9745, and the Fetch
 * and HTML standards. A field that merely could be read as one is not here: two readers would take it in two ways.
 */
const TYPES: Readonly<Record<StructuredFieldType, readonly string[]>> = {
  item: [
    'capsule-protocol',
    'client-cert',
    'cross-origin-embedder-policy',
    'cross-origin-opener-policy',
    'deprecation',
    'origin-agent-cluster',
    'sec-ch-ua-mobile',
    'sec-ch-ua-platform',
    'sec-fetch-dest',
    'sec-fetch-mode',
    'sec-fetch-site',
    'sec-fetch-user',
  ],
  list: ['accept-ch', 'cache-status', 'client-cert-chain', 'critical-ch', 'proxy-status', 'sec-ch-ua'],
  dictionary: [
    'accept-signature',
    'cdn-cache-control',
    'content-digest',
    // Of the examples in RFC 8941 and RFC 9421; no field has this name.
    'example-dict',
    'priority',
    'repr-digest',
    'signature',
    'signature-input',
    'want-content-digest',
    'want-repr-digest',
  ],
}

/** By lower-case name. */
export const structuredFieldTypes: ReadonlyMap<string, StructuredFieldType> = new Map(
  (['item', 'list', 'dictionary'] as const).flatMap((type) => TYPES[type].map((name) => [name, type] as const)),
)
