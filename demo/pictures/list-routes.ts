import { readdirSync } from 'node:fs'
import path from 'node:path'

/** Every route that has a page, as folders of `app/` say it: groups in parentheses are no part of an address. */
export function listRoutes(appFolder: string): string[] {
  const files = readdirSync(appFolder, { recursive: true, encoding: 'utf8' })
  const routes = files.flatMap((file) => {
    const name = path.basename(file)
    if (name === 'not-found.tsx') return ['not-found']
    if (name !== 'page.tsx') return []
    const parts = path.dirname(file).split(path.sep)
    return [`/${parts.filter((part) => part !== '.' && !/^\(.*\)$|^@/.test(part)).join('/')}`]
  })
  return [...new Set(routes)].sort()
}

/** What does not fit between the routes and the views, in words; empty when all does. */
export function compareRoutes(routes: readonly string[], viewed: readonly string[]): string[] {
  return [
    ...routes
      .filter((route) => !viewed.includes(route))
      .map((route) => `${route} has no view in demo/pictures/views.ts`),
    ...viewed
      .filter((route) => !routes.includes(route))
      .map((route) => `${route} is in demo/pictures/views.ts and has no page`),
  ]
}
