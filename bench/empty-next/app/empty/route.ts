/** The least that a route handler can do. */
export const dynamic = 'force-dynamic'

export function POST(): Response {
  return new Response('{}', { headers: { 'Content-Type': 'application/json', 'Content-Length': '2' } })
}
