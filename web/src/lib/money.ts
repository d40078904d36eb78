/** Money: whole micro-units (10^-6) of the payment token as bigint, and how people read it. */

export const UNIT = 1_000_000n

/** The amount in whole tokens: 1234500n → «1.2345», 40000n → «0.04». Never fewer decimals than `least`. */
export function show(amount: bigint | string, least = 0): string {
  const value = BigInt(amount)
  const [sign, size] = value < 0n ? ['-', -value] : ['', value]
  const whole = (size / UNIT).toString().replace(/\B(?=(\d{3})+$)/g, ',')
  const part = (size % UNIT).toString().padStart(6, '0').replace(/0+$/, '').padEnd(least, '0')
  return sign + whole + (part ? `.${part}` : '')
}

/** Micro-units of a decimal text with at most six decimals. Throws for anything else. */
export function parse(text: string): bigint {
  const match = /^(\d{1,20})(?:\.(\d{1,6}))?$/.exec(text.trim())
  if (!match) throw new Error(`an amount such as 12.50 expected, got ${text}`)
  return BigInt(match[1]!) * UNIT + BigInt((match[2] ?? '').padEnd(6, '0'))
}

export const portion = (amount: bigint, bps: number): bigint => (amount * BigInt(bps)) / 10_000n
