import { checkCoveredComponents, readCoveredField } from './check-covered-components'
import { checkMethod } from './check-method'
import { collectFields, type FieldLines } from './collect-fields'
import { compileCoverage } from './compile-coverage'
import { parseContentDigest } from './parse-content-digest'
import { parseRequestTarget } from './parse-request-target'
import { parseSignatureFields, type SignatureCandidate } from './parse-signature-fields'
import { readCredentialParameters } from './read-credential-parameters'
import { readSignature } from './read-signature'
import { refuseMalformed } from './refuse'
import { selectSignature } from './select-signature'
import { makeSignatureBase } from './make-signature-base'
import type { CredentialProfile, CredentialRequest, ParseRequestCredentialResult, RequestTarget } from './types'

export const REQUEST_TAG = 'countersign'

/**
 * Reads a request credential by structured fields: every shape that the profile allows, and the reason for every other.
 * Structure only: neither time nor signature nor body is checked.
 *
 * @param request as received; `headers` in their order, with every line
 * @param profile of the service that the request is for
 */
export function parseRequestCredentialGeneric(
  request: CredentialRequest,
  profile: CredentialProfile,
): ParseRequestCredentialResult {
  const fields = collectFields(request.headers)
  if (fields === undefined) return refuseMalformed('A field name is not printable ASCII.')
  const parsed = parseSignatureFields(fields)
  if (parsed.outcome === 'refused') return parsed
  const selected = selectSignature(parsed.candidates, REQUEST_TAG)
  if (selected.outcome === 'refused') return selected
  const methodProblem = checkMethod(request.method, fields)
  if (methodProblem !== undefined) return methodProblem
  const target = parseRequestTarget(request.target, profile)
  if (target.outcome === 'refused') return target
  return readCredential(selected.candidate, { method: request.method, target, fields }, profile)
}

type ReadRequest = { readonly method: string; readonly target: RequestTarget; readonly fields: FieldLines }

function readCredential(
  candidate: SignatureCandidate,
  request: ReadRequest,
  profile: CredentialProfile,
): ParseRequestCredentialResult {
  const { method, target, fields } = request
  const read = readCredentialParameters(candidate.parameters, profile.allowPlainNonce)
  if (read.outcome === 'refused') return read
  const covered = checkCoveredComponents(candidate.components, request, compileCoverage(profile.coveredFields))
  if (covered.outcome === 'refused') return covered
  const signature = readSignature(candidate.signatureText, read.values.alg)
  if (typeof signature === 'string') return refuseMalformed(signature)
  const values = new Map([
    ['@method', method],
    ['@path', target.path],
    ['@query', target.query],
  ])
  for (const name of covered.names) {
    if (name.startsWith('@')) continue
    const field = readCoveredField(name, fields)
    if (field.outcome === 'refused') return field
    values.set(name, field.value)
  }
  const digestValue = values.get('content-digest')
  const digest = digestValue === undefined ? undefined : parseContentDigest(digestValue)
  if (digest?.outcome === 'refused') return digest
  const credential = {
    ...read.values,
    signature,
    method,
    path: target.path,
    query: target.query,
    hasQuery: target.hasQuery,
    targetAuthority: target.authority,
    contentDigest: digest?.digest,
    coveredComponents: covered.names,
    signatureBaseFor: makeSignatureBase(covered.names, values, candidate.paramsText),
  }
  return { outcome: 'parsed', credential }
}
