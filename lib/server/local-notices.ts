import { EventEmitter } from 'node:events'
import type { NoticeTopic, Notices } from './notices'

/** Notices within this process. */
export function createLocalNotices(): Notices {
  const emitter = new EventEmitter()
  return {
    publish(topic: NoticeTopic) {
      emitter.emit(topic)
    },
    subscribe(topic: NoticeTopic, listener: () => void) {
      emitter.on(topic, listener)
    },
  }
}
