import type { HttpField } from '@/lib/protocol'

export type FetchBody =
  string | Uint8Array | ArrayBuffer | URLSearchParams | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** The bytes of a body and the type that `fetch` gives it when the caller names none. */
export async function readFetchBody(
  body: FetchBody | undefined,
): Promise<{ bytes: Uint8Array | undefined; contentType: string | undefined }> {
  if (body === undefined) return { bytes: undefined, contentType: undefined }
  if (typeof body === 'string') return { bytes: Buffer.from(body), contentType: 'text/plain;charset=UTF-8' }
  if (body instanceof Uint8Array) return { bytes: body, contentType: undefined }
  if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body), contentType: undefined }
  if (body instanceof URLSearchParams) {
    return { bytes: Buffer.from(body.toString()), contentType: 'application/x-www-form-urlencoded;charset=UTF-8' }
  }
  if (body instanceof Blob) {
    return { bytes: new Uint8Array(await body.arrayBuffer()), contentType: body.type === '' ? undefined : body.type }
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return { bytes: Buffer.concat(chunks), contentType: undefined }
}

export function readFetchHeaders(
  headers: Headers | Readonly<Record<string, string>> | readonly (readonly [string, string])[] | undefined,
): HttpField[] {
  if (headers === undefined) return []
  if (headers instanceof Headers) return [...headers.entries()]
  if (Array.isArray(headers)) return headers.map(([name, value]): HttpField => [String(name), String(value)])
  return Object.entries(headers).map(([name, value]): HttpField => [name, String(value)])
}
