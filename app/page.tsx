import { connection } from 'next/server'
import { dependencies } from '@/lib/server/dependencies'
import { loadAgentFile } from '@/lib/server/front/load-agent-file'

/** What runs here, and how a machine gets in. Tells nothing that an unauthenticated caller may not know. */
export default async function HomePage() {
  await connection()
  const { settings, deployment, keys } = dependencies()
  const agent = await loadAgentFile()
  const fingerprint = `sha256:${keys.assertion().kid}`
  return (
    <main>
      <h1>Countersign</h1>
      <p className="quiet">The second factor for machines: a credential on each request that works once.</p>

      <h2>This deployment</h2>
      <dl>
        <dt>Trust domain</dt>
        <dd>
          <code>{deployment.trustDomain}</code>
        </dd>
        <dt>Address</dt>
        <dd>
          <code>{settings.publicUrl}</code>
        </dd>
        <dt>Server key</dt>
        <dd>
          <code>{fingerprint}</code>
        </dd>
        {agent && (
          <>
            <dt>Agent</dt>
            <dd>
              <a href="/agent.mjs">agent.mjs</a>, SHA-256 <code>{agent.sha256}</code>
            </dd>
          </>
        )}
      </dl>

      <h2>Let a machine in</h2>
      <p>Make a join token here, where the server runs:</p>
      <pre>node bin/admin.mjs join-token create --name first</pre>
      <p>Then, on the machine, with the token on standard input:</p>
      <pre>{`curl -fsSO ${settings.publicUrl}/agent.mjs\nnode agent.mjs enroll --server ${settings.publicUrl} --server-key ${fingerprint} --token-file -`}</pre>

      <h2>Read on</h2>
      <p>
        The README’s tour protects an API behind nginx in five minutes. <a href="/docs/errors">Every error code</a> has
        its meaning and what to do next; the API describes itself at{' '}
        <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.
      </p>
    </main>
  )
}
