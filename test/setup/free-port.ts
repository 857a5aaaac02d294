import { createServer, type Server } from 'node:net'

/**
 * Below those that Linux gives to outgoing connections, from 32768 on unless told otherwise: one of these could take a port
 * before the server does for which it was found, or while that server is down.
 */
const lowest = 10_000
const highest = 32_767
const blockSize = 256

let block: Promise<number> | undefined
let asked = 0

/** A port of loopback on which nothing listens, and which nobody else is given: each process has a block to itself. */
export async function freePort(): Promise<number> {
  block ??= claimBlock()
  const first = await block
  for (let tried = 1; tried < blockSize; tried++) {
    const port = first + 1 + (asked++ % (blockSize - 1))
    const listening = await listenOn(port)
    if (listening === undefined) continue
    await new Promise((resolve) => listening.close(resolve))
    return port
  }
  throw new Error(`Something listens on each of the ports from ${first} on.`)
}

/** The first port of a block, on which the process listens as long as it lives: that is what keeps others away. */
async function claimBlock(): Promise<number> {
  const blocks = Math.floor((highest + 1 - lowest) / blockSize)
  for (let tried = 0; tried < blocks; tried++) {
    const first = lowest + ((process.pid + tried) % blocks) * blockSize
    const listening = await listenOn(first)
    if (listening === undefined) continue
    listening.unref()
    return first
  }
  throw new Error(`Something listens at the beginning of every block of ports from ${lowest} to ${highest}.`)
}

function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
