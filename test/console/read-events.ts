export interface StreamEvent {
  readonly id: string | undefined
  readonly event: string
  // What an event holds is what the test is about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any
}

/** Reads server-sent events one by one; comments are left out. Null: the stream has ended. */
export function readEvents(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
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
    leave: () => reader.cancel(),
  }
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
  return event === undefined || data === undefined ? null : { id: fields.get('id'), event, data: JSON.parse(data) }
}
