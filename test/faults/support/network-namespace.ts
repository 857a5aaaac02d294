import { randomBytes } from 'node:crypto'
import { asRoot } from './as-root'

/** A network namespace with one cable to this one. */
export interface NetworkNamespace {
  readonly namespace: string
  /** Its address at the end of the cable. */
  readonly address: string
  /** The cable is pulled out at the far end: what is sent goes nowhere, and nobody says so. */
  cut(): Promise<void>
  heal(): Promise<void>
  remove(): Promise<void>
}

/** Throws with clear words where that is not permitted. */
export async function createNetworkNamespace(): Promise<NetworkNamespace> {
  const id = randomBytes(3).toString('hex')
  const namespace = `countersign-${id}`
  const [near, far] = [`csn${id}`, `csf${id}`]
  // TEST-NET-3 of RFC 5737 belongs to nobody.
  const net = `203.0.113.${4 * (Number.parseInt(id.slice(0, 2), 16) % 60)}`.split('.')
  const at = (offset: number) => [...net.slice(0, 3), Number(net[3]) + offset].join('.')
  const ip = (...args: string[]) => asRoot('A network namespace', 'ip', ...args)
  await ip('netns', 'add', namespace)
  const remove = () => ip('netns', 'delete', namespace)
  try {
    await ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', namespace)
    await ip('addr', 'add', `${at(1)}/30`, 'dev', near)
    await ip('link', 'set', near, 'up')
    await ip('-n', namespace, 'addr', 'add', `${at(2)}/30`, 'dev', far)
    await ip('-n', namespace, 'link', 'set', far, 'up')
    await ip('-n', namespace, 'link', 'set', 'lo', 'up')
  } catch (error) {
    await remove()
    throw error
  }
  return {
    namespace,
    address: at(2),
    cut: () => ip('-n', namespace, 'link', 'set', far, 'down'),
    heal: () => ip('-n', namespace, 'link', 'set', far, 'up'),
    remove,
  }
}
