import type { Decision } from '@/lib/contract/decisions'

export interface StreamEvent {
  readonly id: string | undefined
  readonly event: string
  /** Of whatever event it is. */
  readonly data: Partial<Decision> & { readonly reason?: string }
}

/** Reads server-sent events one by one; comments are left out. Null: the stream has ended. */
export function readEvents(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  const events = {
    async next(): Promise<StreamEvent | null> {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const event = parse(text.slice(0, end))
          text = text.slice(end + 2)
          if (event !== null) return event
          continue
        }
        const { done, value } = await reader.read()
        if (done) return null
        text += decoder.decode(value, { stream: true })
      }
    },
    /** The next event that tells something. */
    async nextButReady(): Promise<StreamEvent | null> {
      const event = await events.next()
      return event?.event === 'ready' ? events.nextButReady() : event
    },
  }
  return events
}

function parse(block: string): StreamEvent | null {
  const fields = new Map(
    block.split('\n').flatMap((line) => {
      const cut = line.indexOf(': ')
      return cut > 0 ? [[line.slice(0, cut), line.slice(cut + 2)] as const] : []
    }),
  )
  const event = fields.get('event')
  const data = fields.get('data')
  if (event === undefined || data === undefined) return null
  return { id: fields.get('id'), event, data: JSON.parse(data) as StreamEvent['data'] }
}
