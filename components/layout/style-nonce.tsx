'use client'

/**
 * Hands the page's nonce to react-remove-scroll, which Radix' dialogs use to hold the page still: it makes a `<style>`
 * element, and a strict CSP takes it only with a nonce. Its `get-nonce` looks for this global.
 */
export function StyleNonce({ nonce }: { readonly nonce: string | undefined }) {
  if (typeof window !== 'undefined' && nonce !== undefined && nonce !== '') {
    ;(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce
  }
  return null
}
