import { setTimeout as wait } from 'node:timers/promises'

/** Something that happens again and again, such as an attack. */
export interface Story {
  readonly name: string
  readonly firstAfterSeconds: number
  readonly everySeconds: number
  /** One time; throws when it went otherwise than the product promises. */
  run(signal: AbortSignal): Promise<void>
}

/** Tells a story until the signal. A time that failed is told to `onFailure`, and the next one comes all the same. */
export async function repeatStory(
  story: Story,
  signal: AbortSignal,
  onFailure: (name: string, error: unknown) => void,
): Promise<void> {
  let pauseSeconds = story.firstAfterSeconds
  for (;;) {
    await pause(pauseSeconds, signal)
    if (signal.aborted) return
    await story.run(signal).catch((error: unknown) => {
      if (!signal.aborted) onFailure(story.name, error)
    })
    // Never quite regular, so that the stories do not march in step.
    pauseSeconds = story.everySeconds * (0.85 + 0.3 * Math.random())
  }
}

/** Resolves after this time, or at once when the signal says that everything ends. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await wait(seconds * 1_000, undefined, { signal }).catch(() => undefined)
}
