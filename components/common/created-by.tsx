import { Identifier } from '@/components/ui/identifier'
import { anyIdPattern } from '@/lib/domain/ids'
import { HostileText } from './hostile-text'

export interface CreatedByProps {
  readonly text: string
  /** In a sentence, instead of one above the other. */
  readonly isInline?: boolean
}

/** Who made a thing, as the API tells it: "deploy-bot (tok_…)". The id tells two of one name apart. */
export function CreatedBy({ text, isInline = false }: CreatedByProps) {
  const [, name, id] = /^(.*) \(([a-z]+_[0-9a-z]{26})\)$/s.exec(text) ?? []
  if (name === undefined || id === undefined || !anyIdPattern.test(id))
    return <HostileText text={text} maxLength={64} />
  return (
    <span className={isInline ? 'inline-flex items-center gap-x-1.5' : 'flex flex-col items-start leading-4'}>
      <HostileText text={name} maxLength={64} />
      <Identifier value={id} what="ID" hasCopy={false} className="text-quiet" />
    </span>
  )
}
