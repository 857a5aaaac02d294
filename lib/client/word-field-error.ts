/** The contract words what is wrong as the rest of a sentence: "takes six digits". */
export function wordFieldError(message: string): string {
  const text = message === 'must not be empty' ? 'This is needed' : message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
