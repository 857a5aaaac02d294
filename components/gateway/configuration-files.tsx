'use client'

import { CodeBlock } from '@/components/ui/code-block'
import type { ConfigurationFile } from '@/lib/domain/gateway/configuration/configuration-file'

/** Files to be put on a gateway, each under the place where it belongs. */
export function ConfigurationFiles({ files }: { readonly files: readonly ConfigurationFile[] }) {
  return (
    <ol className="flex min-w-0 flex-col gap-4">
      {files.map(({ name, place, content, isSecret }) => (
        <li key={name} className="flex min-w-0 flex-col gap-1.5">
          <CodeBlock code={content} label={place} isBounded />
          {isSecret && (
            <p className="text-xs text-quiet">
              The only file with the key: mode 0600, owned by root, not in source control.
            </p>
          )}
        </li>
      ))}
    </ol>
  )
}
