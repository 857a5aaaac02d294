import type { NextRequest } from 'next/server'
import { answerNextAuth } from '@/lib/server/auth/answer-next-auth'
import { dependencies } from '@/lib/server/dependencies'

export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

const answer = (request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }): Promise<Response> =>
  answerNextAuth(dependencies(), request, context)

export { answer as GET, answer as POST }
