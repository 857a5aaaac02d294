/** RFC 6238 with what every authenticator app knows: six digits, thirty seconds. */
export const totpDigits = 6
export const totpPeriodSeconds = 30

/** ASCII digits and nothing around them: other spellings of a code would be other codes to count (threats.md, 4). */
export const totpCodePattern = /^[0-9]{6}$/
