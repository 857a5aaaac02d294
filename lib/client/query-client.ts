import { QueryClient } from '@tanstack/react-query'
import { ApiProblem } from './api-problem'

/** The cache of what the API answered. What the server refused is not asked again; what did not arrive is, twice. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && isWorthRetrying(error),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  })
}

function isWorthRetrying(error: Error): boolean {
  return !(error instanceof ApiProblem) || error.problem.status === 503 || error.problem.code === 'unreachable'
}
