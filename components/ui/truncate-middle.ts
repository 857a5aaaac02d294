/** `mach_01k3tt0z…2pf2db`: beginning and end of an identifier, which is where people look. */
export function truncateMiddle(text: string, head: number, tail: number): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`
}
