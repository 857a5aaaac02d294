import { isLoopbackAuthority } from '../gateway/configuration/authority-parts'
import { readServerAddress } from '../gateway/configuration/read-server-address'

export interface EnrollCommandInput {
  /** Public URL of the deployment. */
  readonly serverUrl: string
  /** `sha256:…`, as `--server-key` takes it. */
  readonly serverKey: string
  readonly agent: { readonly url: string; readonly sha256: string }
  /** The join token, or null: then the command asks for it. */
  readonly token: string | null
}

/**
 * One command for a new machine: fetches the agent, compares its hash, enrols. The token goes to standard input, so it is in
 * no process list; the blank at the beginning keeps it out of the history of shells that are told to
 * (`HISTCONTROL=ignorespace` or `ignoreboth`).
 */
export function enrollCommand({ serverUrl, serverKey, agent, token }: EnrollCommandInput): string {
  const { scheme, authority } = readServerAddress(serverUrl)
  const needsWord = scheme === 'http' && !isLoopbackAuthority(authority)
  const enroll = [
    `node countersign.mjs enroll --server ${serverUrl}${needsWord ? ' --allow-http' : ''}`,
    `--server-key ${serverKey}`,
    '--token-file -',
  ].join(' \\\n  ')
  const lines = [
    ` curl -fsSo countersign.mjs ${agent.url} &&`,
    `echo '${agent.sha256}  countersign.mjs' | sha256sum -c - &&`,
  ]
  // `read` takes it without showing it; printf is the shell's own, so it is no process either.
  if (token === null) lines.push("read -rsp 'Join token: ' token && echo >&2 &&", `printf '%s\\n' "$token" | ${enroll}`)
  else lines.push(`${enroll} <<'TOKEN'`, token, 'TOKEN')
  return `${lines.join('\n')}\n`
}
