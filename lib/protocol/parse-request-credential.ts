import { parseRequestCredentialFast } from './parse-request-credential-fast'
import { parseRequestCredentialGeneric } from './parse-request-credential-generic'
import type { CredentialProfile, CredentialRequest, ParseRequestCredentialResult } from './types'

/**
 * Reads a request credential (protocol section 4): the fast path where the shape is our agent's, else the generic one.
 *
 * @param request as received
 * @param profile of the service that the request is for; keep one object per version of a service
 * @throws TypeError when the profile covers a name that is no lower-case field name: a fault of its configuration
 * @returns the structure, of which nothing is proven yet, or the code and the reason of a refusal
 */
export function parseRequestCredential(
  request: CredentialRequest,
  profile: CredentialProfile,
): ParseRequestCredentialResult {
  return parseRequestCredentialFast(request, profile) ?? parseRequestCredentialGeneric(request, profile)
}
