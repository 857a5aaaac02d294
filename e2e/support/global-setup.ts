import { makeEmbeddedTemplate } from '@/test/setup/make-embedded-template'
import { templateVariable } from './template-variable'

/** Once a run: an embedded database that every deployment of a story begins with. */
export default async function setUp(): Promise<() => Promise<void>> {
  const template = await makeEmbeddedTemplate()
  process.env[templateVariable] = template.folder
  return () => template.remove()
}
