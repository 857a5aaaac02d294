'use client'

import { CircleAlert, CircleCheck, Info, X } from 'lucide-react'
import { Toast as Radix } from 'radix-ui'
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react'
import { Button } from './button'

export interface ToastMessage {
  readonly title: ReactNode
  readonly description?: ReactNode
  /** `bad` stays until it is dismissed. */
  readonly tone?: 'good' | 'bad' | 'info'
}

interface ShownToast extends ToastMessage {
  readonly key: number
}

const icons = {
  good: <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />,
  bad: <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />,
  info: <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-info" />,
} as const

const ToastContext = createContext<(message: ToastMessage) => void>(() => undefined)

/** Shows a message that does not belong to a place on the page. */
export function useToast(): (message: ToastMessage) => void {
  return use(ToastContext)
}

let lastKey = 0

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly ShownToast[]>([])
  const show = useCallback((message: ToastMessage) => {
    lastKey += 1
    const toast = { ...message, key: lastKey }
    setShown((before) => [...before.slice(-3), toast])
  }, [])
  const remove = useCallback((key: number) => setShown((before) => before.filter((toast) => toast.key !== key)), [])
  const value = useMemo(() => show, [show])
  return (
    <ToastContext value={value}>
      {children}
      {/* Only while there is something to show: Radix' viewport writes a style attribute on the server. */}
      {shown.length > 0 && (
        <Radix.Provider label="Message" swipeDirection="right">
          {shown.map((toast) => (
            <ToastCard key={toast.key} toast={toast} onClose={() => remove(toast.key)} />
          ))}
          <Radix.Viewport className="fixed right-0 bottom-0 z-50 flex w-full max-w-md flex-col gap-2 p-4 outline-none" />
        </Radix.Provider>
      )}
    </ToastContext>
  )
}

function ToastCard({ toast, onClose }: { readonly toast: ShownToast; readonly onClose: () => void }) {
  const tone = toast.tone ?? 'good'
  return (
    <Radix.Root
      type={tone === 'bad' ? 'foreground' : 'background'}
      duration={tone === 'bad' ? Infinity : 6_000}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
      className="flex items-start gap-3 rounded-md border border-line bg-raised p-3 shadow-float"
    >
      {icons[tone]}
      <div className="min-w-0 flex-1 wrap-anywhere">
        <Radix.Title className="font-medium">{toast.title}</Radix.Title>
        {toast.description !== undefined && (
          <Radix.Description asChild>
            <div className="text-quiet">{toast.description}</div>
          </Radix.Description>
        )}
      </div>
      <Radix.Close asChild>
        <Button look="quiet" size="icon-sm" aria-label="Dismiss">
          <X aria-hidden />
        </Button>
      </Radix.Close>
    </Radix.Root>
  )
}
