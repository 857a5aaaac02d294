import type { Metadata, MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'

/** Envoy's limit of a request's head is 60 KiB; the rest is room for bodies, which the guide sends up to 1 MiB of. */
const longestMessage = 4 * 1024 * 1024
const mostStreams = 1_024

/** Bytes in and out: what is no message is denied by the handler, while the library would answer an error of gRPC. */
const check: MethodDefinition<Buffer, Buffer> = {
  path: '/envoy.service.auth.v3.Authorization/Check',
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes) => bytes,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (bytes) => bytes,
  responseDeserialize: (bytes) => bytes,
}
const authorization = { check } satisfies ServiceDefinition

export interface GrpcServer {
  /** No new calls, open ones answered; resolves when that is done. */
  stop(): Promise<void>
  /** Ends whatever is still open. */
  close(): void
}

/**
 * Listens for Envoy's checks over gRPC, without TLS as the HTTP listener. `answer` gets a message and the values of a
 * metadata field of its call, and never rejects. Rejects when the port cannot be had.
 */
export async function startGrpcServer(
  address: { readonly host: string; readonly port: number },
  answer: (message: Buffer, metadata: (name: string) => readonly string[]) => Promise<Buffer>,
): Promise<GrpcServer> {
  // Only here: a node that does not listen for gRPC does not wait for the library at its start.
  const { Server, ServerCredentials } = await import('@grpc/grpc-js')
  const server = new Server({
    'grpc.max_receive_message_length': longestMessage,
    'grpc.max_concurrent_streams': mostStreams,
    // Its list of connections for debugging costs on each call.
    'grpc.enable_channelz': 0,
  })
  server.addService(authorization, {
    check(call: { request: Buffer; metadata: Metadata }, respond: (error: null, message: Buffer) => void) {
      const metadata = (name: string) => call.metadata.get(name).map((value) => value.toString('latin1'))
      void answer(call.request, metadata).then((message) => respond(null, message))
    },
  })
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`${host}:${address.port}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    )
  })
  return {
    stop: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
    close: () => server.forceShutdown(),
  }
}
