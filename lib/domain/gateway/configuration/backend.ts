const form = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:]{2,39}\]):([1-9][0-9]{0,4})$/

/** Host and port, and nothing that a configuration would read as more than that. */
export function isBackend(text: string): boolean {
  const port = form.exec(text)?.[1]
  return port !== undefined && Number(port) <= 65_535
}
