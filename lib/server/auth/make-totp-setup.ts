import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import QRCode from 'qrcode'
import type { TotpSetup } from '@/lib/contract/self'
import { totpDigits, totpPeriodSeconds } from '@/lib/domain/operator/totp-code'

/** RFC 4226, section 4: 160 bits are recommended. */
const secretBytes = 20

/** A fresh secret, and how an authenticator app gets it. SHA-1, because apps ignore any other algorithm. */
export function makeTotpSetup(account: string, issuer: string): { readonly secret: Buffer; readonly setup: TotpSetup } {
  const secret = randomBytes(secretBytes)
  const totp = toTotp(secret, account, issuer)
  const uri = totp.toString()
  return { secret, setup: { secret: totp.secret.base32, uri, qr: drawQr(uri) } }
}

/** How an app lists the account: a code with few modules scans better than one with a long name in it. */
export function issuerOf({ publicUrl }: { readonly publicUrl: string }): string {
  return `Countersign ${new URL(publicUrl).hostname}`
}

export function toTotp(secret: Buffer, label = 'operator', issuer = 'Countersign'): TOTP {
  const { buffer, byteOffset, byteLength } = secret
  return new TOTP({
    issuer,
    label,
    algorithm: 'SHA1',
    digits: totpDigits,
    period: totpPeriodSeconds,
    secret: new Secret({ buffer: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer }),
  })
}

/** One path of an SVG, with the four modules of quiet around it that scanners want. No picture, no data URL. */
function drawQr(text: string): TotpSetup['qr'] {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' })
  const quiet = 4
  const parts: string[] = []
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column)) parts.push(`M${column + quiet} ${row + quiet}h1v1h-1z`)
    }
  }
  return { size: modules.size + 2 * quiet, path: parts.join('') }
}
