import { createParser } from 'nuqs'
import { anyIdPattern } from '@/lib/domain/ids'

/** An id of any kind. What is none counts as left out, instead of being asked and refused. */
export const parseAsId = createParser({
  parse: (text) => (anyIdPattern.test(text) ? text : null),
  serialize: (id: string) => id,
})
