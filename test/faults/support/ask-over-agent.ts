import { Agent, request as httpRequest } from 'node:http'
import { codeOf, nginxQuestion, type AuthzAnswer, type SentRequest } from '../../setup/prepare-service'

/** nginx's question over kept connections, at a third of what `fetch` takes: the load must not be what is measured. */
export function createAgentAsker(url: string, slug: string, gatewayKey: string) {
  const agent = new Agent({ keepAlive: true })
  return {
    ask: (sent: SentRequest): Promise<AuthzAnswer> =>
      new Promise((resolve, reject) => {
        const asked = httpRequest(`${url}/api/v1/authz/nginx/${slug}`, { agent }, (response) => {
          response.resume()
          response.once('end', () => {
            const headers = new Headers(response.headers as Record<string, string>)
            resolve({ status: response.statusCode ?? 0, code: codeOf(headers.get('countersign-problem')), headers })
          })
        })
        for (const [name, value] of nginxQuestion(gatewayKey, sent)) asked.appendHeader(name, value)
        asked.once('error', reject)
        asked.end()
      }),
    close: () => agent.destroy(),
  }
}
