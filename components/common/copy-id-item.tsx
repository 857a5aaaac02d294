'use client'

import { Copy } from 'lucide-react'
import { copyText } from '@/components/ui/copy-button'
import { MenuItem } from '@/components/ui/dropdown-menu'
import { useToast } from '@/components/ui/toast'

/** The first item of a row's menu. Says whether the browser let it copy. `what` begins a sentence: "Machine ID". */
export function CopyIdItem({ id, what }: { readonly id: string; readonly what: string }) {
  const toast = useToast()
  const copy = () =>
    void copyText(id).then((isCopied) =>
      toast(
        isCopied
          ? { title: `${what} copied` }
          : { tone: 'bad', title: 'Could not copy', description: `The ID is ${id}.` },
      ),
    )
  return (
    <MenuItem icon={<Copy aria-hidden />} onSelect={copy}>
      Copy ID
    </MenuItem>
  )
}
