import { dependencies } from '@/lib/server/dependencies'
import { answerWebRequest } from '@/lib/server/http/answer-web-request'

export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

const answer = (request: Request): Promise<Response> => answerWebRequest(dependencies(), request)

export {
  answer as GET,
  answer as HEAD,
  answer as POST,
  answer as PUT,
  answer as PATCH,
  answer as DELETE,
  answer as OPTIONS,
}
