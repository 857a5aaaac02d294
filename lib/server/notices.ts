/**
 * Tells the parts of this process, and of other nodes, that configuration changed, so that they read it anew.
 * Never needed for correctness: versions in the decision statement are (protocol.md, section 5).
 */
export const noticeTopics = ['services', 'keys'] as const

export type NoticeTopic = (typeof noticeTopics)[number]

export interface Notices {
  /** After the change has committed, never inside its transaction. */
  publish(topic: NoticeTopic): void
  subscribe(topic: NoticeTopic, listener: () => void): void
}
