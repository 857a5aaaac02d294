import path from 'node:path'
import { expect, test } from 'vitest'
import { compareRoutes, listRoutes } from '@/demo/pictures/list-routes'
import { views } from '@/demo/pictures/views'

const app = path.resolve(import.meta.dirname, '../../app')

test('every page of the console has a picture, and every picture a page', () => {
  expect(listRoutes(app)).toContain('/machines/[machineId]')
  expect(compareRoutes(listRoutes(app), Object.keys(views))).toEqual([])
  expect(compareRoutes(['/new'], ['/gone'])).toHaveLength(2)
})
