/** The contract words what is wrong as the rest of a sentence: "takes six digits", "is wrong, or was used already". */
export function wordFieldError(message: string): string {
  if (message === 'must not be empty') return 'This is needed.'
  const isPredicate = /^(?:is|has|must|belongs|cannot) /.test(message)
  const text = isPredicate ? `This ${message}` : message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
