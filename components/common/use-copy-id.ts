'use client'

import { copyText } from '@/components/ui/copy-button'
import { useToast } from '@/components/ui/toast'

/** Copies an id from a menu, which closes: whether it worked is said beside the page. `what`: "Machine ID". */
export function useCopyId(what: string): (id: string) => void {
  const toast = useToast()
  return (id) =>
    void copyText(id).then((isCopied) =>
      toast(
        isCopied
          ? { title: `${what} copied` }
          : { tone: 'bad', title: 'Could not copy', description: `The ID is ${id}.` },
      ),
    )
}
