/** Protocol section 4: `keyid` names a machine and a generation. TypeID: 26 characters, the first at most 7, or it overflows 128 bits. */
const KEYID = /^(mach_[0-7][0-9a-hjkmnp-tv-z]{25})\.([1-9][0-9]{0,8})$/

/** @returns the machine's id (exactly these characters enter the key derivation) and its generation, or `undefined` */
export function parseMachineKeyid(keyid: string): { machineId: string; generation: number } | undefined {
  const match = KEYID.exec(keyid)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return { machineId: match[1], generation: Number(match[2]) }
}

/** @throws TypeError when the parts do not make a keyid */
export function formatMachineKeyid(machineId: string, generation: number): string {
  const keyid = `${machineId}.${generation}`
  if (parseMachineKeyid(keyid) === undefined) throw new TypeError('Not a machine id and a generation.')
  return keyid
}
