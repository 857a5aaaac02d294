/** An e-mail address as operators are stored: lower case ASCII, so that no two differ only in case or look. */
export const accountNamePattern =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62}))*$/

/**
 * What somebody typed as an account name, in the one spelling under which tries are counted and accounts found: blanks
 * around it, case and width make no other account (threats.md, 34).
 */
export function normalizeAccountName(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase()
}
