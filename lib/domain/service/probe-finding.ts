/** What a probe of a service can come to (docs/adr/0009). Observed is protected later: nothing is denied yet. */
export const probeOutcomes = ['protected', 'observed', 'open', 'misconfigured', 'unreachable'] as const

export type ProbeOutcome = (typeof probeOutcomes)[number]

interface ProbeFindingEntry {
  readonly outcome: ProbeOutcome
  readonly title: string
  readonly advice: string
}

/** The one registry of findings: what was seen, and what to do about it. */
export const probeFindings = {
  denied: {
    outcome: 'protected',
    title: 'Protected: the gateway asked, and a request without a credential was refused.',
    advice: 'Nothing has to be done. Probe again after each change of the gateway; a probe tries one path.',
  },
  observed: {
    outcome: 'observed',
    title: 'Observed: the gateway asks, and lets pass what it would refuse.',
    advice: 'Set the service to enforce when its denials under Credential use are only those that you expect.',
  },
  not_asked: {
    outcome: 'open',
    title: 'Open: something answered, and Countersign was not asked.',
    advice:
      'Whoever reaches this address needs no countersign. Put the configuration below in front of the backend, and let the backend listen where only the gateway reaches it.',
  },
  not_heeded: {
    outcome: 'open',
    title: 'Open: Countersign said no, and the request was answered all the same.',
    advice:
      'The gateway asks and does not heed the answer. Compare its configuration with the one below, above all the lines after the check.',
  },
  redirected: {
    outcome: 'misconfigured',
    title: 'A redirect came, and Countersign was not asked.',
    advice:
      'The probe follows none. If http leads to https, probe by https; if another host answers, make that one an authority of the service.',
  },
  refused_unasked: {
    outcome: 'misconfigured',
    title: 'The request was refused in Countersign’s words, but no gateway of this deployment asked.',
    advice:
      'The backend’s own library refused it, so the way past the gateway is closed too; or the gateway asks another deployment. Look where the name leads to.',
  },
  gateway_cannot_ask: {
    outcome: 'misconfigured',
    title: 'The gateway denies everything, because it gets no decision.',
    advice:
      'The gateway does not reach this server, or takes what answers for something else. Compare the address of the verification service in its configuration.',
  },
  host_not_served: {
    outcome: 'misconfigured',
    title: 'The gateway does not serve this host, and denies everything for it.',
    advice: 'Add the authority to the hosts in the gateway’s configuration: the configuration below has them all.',
  },
  gateway_unknown: {
    outcome: 'misconfigured',
    title: 'The gateway asked with a key that is none of its service’s.',
    advice: 'Give the gateway of this service a key, write it into its configuration, and reload it.',
  },
  service_unknown: {
    outcome: 'misconfigured',
    title: 'The gateway asked about a service that does not exist.',
    advice: 'Correct the slug in the path of the check: the configuration below has the right one.',
  },
  another_service: {
    outcome: 'misconfigured',
    title: 'The gateway asked about another service.',
    advice: 'Correct the slug in the path of the check, or give the authority to the service that is asked about.',
  },
  denied_otherwise: {
    outcome: 'misconfigured',
    title: 'The gateway asked, and the request was denied for another reason than a missing credential.',
    advice: 'The decision says why. Compare the gateway’s configuration with the one below.',
  },
  name_not_found: {
    outcome: 'unreachable',
    title: 'This server finds no address for the name.',
    advice: 'Correct the authority, or make the name known where Countersign runs.',
  },
  connection_refused: {
    outcome: 'unreachable',
    title: 'Nothing listens at this address.',
    advice: 'Start the gateway, or correct the port. Clients that take another way may still reach the backend.',
  },
  timed_out: {
    outcome: 'unreachable',
    title: 'No answer came within five seconds.',
    advice: 'Look whether a firewall stands between this server and the gateway, and whether the gateway hangs.',
  },
  certificate_not_trusted: {
    outcome: 'unreachable',
    title: 'This server does not trust the certificate that was shown.',
    advice:
      'If your own authority signed it, start Countersign with NODE_EXTRA_CA_CERTS. Otherwise the certificate has expired or is for another name.',
  },
  tls_failed: {
    outcome: 'unreachable',
    title: 'No TLS connection could be made.',
    advice: 'If the gateway speaks plain HTTP at this port, probe by http.',
  },
  not_http: {
    outcome: 'unreachable',
    title: 'What answered does not speak HTTP.',
    advice: 'Look what listens at this port. Behind TLS, probe by https.',
  },
  connection_lost: {
    outcome: 'unreachable',
    title: 'The connection ended without an answer.',
    advice: 'Look into the gateway’s log; a gateway that closes connections lets nothing through.',
  },
  address_refused: {
    outcome: 'unreachable',
    title: 'The name leads to an address that is never probed.',
    advice: 'Link-local addresses, multicast and the metadata services of clouds are left alone. Correct the name.',
  },
} as const satisfies Record<string, ProbeFindingEntry>

export type ProbeFinding = keyof typeof probeFindings

/** Why there is no answer. */
export type ProbeFailure = {
  [Finding in ProbeFinding]: (typeof probeFindings)[Finding]['outcome'] extends 'unreachable' ? Finding : never
}[ProbeFinding]

export type ProbeAnswer =
  | { readonly outcome: 'answered'; readonly status: number; readonly problemCode: string | null }
  | { readonly outcome: 'failed'; readonly failure: ProbeFailure }

/** What a node recorded about the probe's own path. */
export interface ProbeRecord {
  readonly outcome: string
  readonly code: string
  readonly isOfThisService: boolean
}

/**
 * What a probe found. The record is the proof: an answer alone can be anybody's, so protected is said only where a node of
 * this deployment was asked about this very path.
 */
export function judgeProbe(answer: ProbeAnswer, record: ProbeRecord | null): ProbeFinding {
  if (record === null) return judgeUnasked(answer)
  if (record.code === 'gateway_unknown' || record.code === 'service_unknown') return record.code
  if (!record.isOfThisService) return 'another_service'
  if (answer.outcome === 'failed') return answer.failure
  if (record.outcome === 'observed') return 'observed'
  // A denial is 401 or 403 and nothing else (protocol.md, section 6).
  if (answer.status !== 401 && answer.status !== 403) return 'not_heeded'
  return record.code === 'credential_missing' ? 'denied' : 'denied_otherwise'
}

function judgeUnasked(answer: ProbeAnswer): ProbeFinding {
  if (answer.outcome === 'failed') return answer.failure
  if (answer.problemCode === 'unavailable') return 'gateway_cannot_ask'
  if (answer.problemCode === 'authority_unknown') return 'host_not_served'
  if (answer.problemCode !== null) return 'refused_unasked'
  return answer.status >= 300 && answer.status < 400 ? 'redirected' : 'not_asked'
}
