import protobuf from 'protobufjs/minimal.js'

type Writer = protobuf.Writer

/** `google.rpc.Code`: anything but OK is a denial to Envoy. */
const rpcCodes = { ok: 0, permissionDenied: 7, unauthenticated: 16 } as const

/** `HeaderValueOption.append_action`: in the place of whatever line of that name there is. */
const overwriteOrAdd = 2

/** `CheckResponse` that lets the request pass: `ok_response` with header lines to set and names to take away. */
export function encodeAllowed(headers: Readonly<Record<string, string>>, headersToRemove: readonly string[]): Buffer {
  const message = protobuf.Writer.create()
  writeStatus(message, rpcCodes.ok)
  const ok = message.uint32(tag(3)).fork()
  for (const [name, value] of Object.entries(headers)) writeHeader(ok, name, value)
  for (const name of headersToRemove) ok.uint32(tag(5)).string(name)
  ok.ldelim()
  return Buffer.from(message.finish())
}

/** `CheckResponse` that denies: `denied_response` with the client's status, header lines and body. */
export function encodeDenied(status: number, headers: Readonly<Record<string, string>>, body: string): Buffer {
  const message = protobuf.Writer.create()
  writeStatus(message, status === 401 ? rpcCodes.unauthenticated : rpcCodes.permissionDenied)
  const denied = message.uint32(tag(2)).fork()
  denied.uint32(tag(1)).fork().uint32(varintTag(1)).int32(status).ldelim()
  for (const [name, value] of Object.entries(headers)) writeHeader(denied, name, value)
  denied.uint32(tag(3)).string(body)
  denied.ldelim()
  return Buffer.from(message.finish())
}

function writeStatus(message: Writer, code: number): void {
  message.uint32(tag(1)).fork().uint32(varintTag(1)).int32(code).ldelim()
}

/** `HeaderValueOption`, as field 2 of either response. Envoy wants names in lower case. */
function writeHeader(response: Writer, name: string, value: string): void {
  const option = response.uint32(tag(2)).fork()
  option.uint32(tag(1)).fork().uint32(tag(1)).string(name.toLowerCase()).uint32(tag(2)).string(value).ldelim()
  option.uint32(varintTag(3)).int32(overwriteOrAdd)
  option.ldelim()
}

/** Of a length-delimited field. */
const tag = (field: number) => (field << 3) | 2
const varintTag = (field: number) => field << 3
