/** What an account signs: EIP-191 messages, EIP-712 typed data, EIP-1559 transactions; and the little ABI that our calls need. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat, hex, unhex, utf8, type Bytes } from './bytes.ts'

export const keccak = (data: Uint8Array): Bytes => keccak_256(data) as Bytes

/** The address of a 32-byte secret, in lower case. */
export function addressOf(secret: Uint8Array): string {
  return pointAddress(secp256k1.getPublicKey(secret, false))
}

export const newSecret = (): Bytes => secp256k1.utils.randomSecretKey() as Bytes

/** The address with its EIP-55 checksum. */
export function checksummed(address: string): string {
  const digits = address.toLowerCase().replace(/^0x/, '')
  const hashed = hex(keccak(utf8(digits)))
  return '0x' + [...digits].map((digit, n) => (parseInt(hashed[n]!, 16) >= 8 ? digit.toUpperCase() : digit)).join('')
}

/** The 65-byte signature of a 32-byte hash: r ‖ s ‖ v with v 27 or 28 and s in the lower half; hex without 0x. */
export function signHash(hash: Uint8Array, secret: Uint8Array): string {
  const [recovery, ...rs] = secp256k1.sign(hash, secret, { prehash: false, format: 'recovered', lowS: true })
  return hex(Uint8Array.from([...rs, 27 + recovery!]))
}

/** The address whose key made `signature` over `hash`; null where it names none, has a high s, or a v other than 27 and 28. */
export function recover(hash: Uint8Array, signature: string): string | null {
  try {
    const raw = unhex(signature)
    if (raw.length !== 65 || (raw[64] !== 27 && raw[64] !== 28)) return null
    const made = secp256k1.Signature.fromBytes(concat(Uint8Array.of(raw[64]! - 27), raw.subarray(0, 64)), 'recovered')
    if (made.hasHighS()) return null
    return pointAddress(made.recoverPublicKey(hash).toBytes(false))
  } catch {
    return null
  }
}

export const messageHash = (text: string): Bytes => {
  const data = utf8(text)
  return keccak(concat(utf8(`\x19Ethereum Signed Message:\n${data.length}`), data))
}

export interface Field {
  readonly name: string
  readonly type: string
}

/** Typed data in the form of eth_signTypedData_v4. */
export interface Typed {
  readonly types: Readonly<Record<string, readonly Field[]>>
  readonly primaryType: string
  readonly domain: Readonly<Record<string, unknown>>
  readonly message: Readonly<Record<string, unknown>>
}

/** The EIP-712 hash of typed data whose members are plain values, as all of ours are. */
export function typedHash(typed: Typed): Bytes {
  return keccak(concat(unhex('1901'), struct(typed, 'EIP712Domain', typed.domain), struct(typed, typed.primaryType, typed.message)))
}

function struct(typed: Typed, name: string, values: Readonly<Record<string, unknown>>): Bytes {
  const fields = typed.types[name]
  if (!fields) throw new Error(`type ${name} expected`)
  const type = `${name}(${fields.map((each) => `${each.type} ${each.name}`).join(',')})`
  return keccak(concat(keccak(utf8(type)), ...fields.map((each) => typedWord(each.type, values[each.name]))))
}

function typedWord(type: string, value: unknown): Bytes {
  if (type === 'string') return keccak(utf8(String(value)))
  return word(type, value as string | number | bigint)
}

/** One 32-byte word of the ABI. */
export function word(type: string, value: string | number | bigint | boolean): Bytes {
  if (type === 'address') {
    const data = unhex(String(value))
    if (data.length !== 20) throw new Error(`address of 20 bytes expected, got ${String(value)}`)
    return concat(new Uint8Array(12), data)
  }
  if (type === 'bytes32') {
    const data = unhex(String(value))
    if (data.length !== 32) throw new Error(`32 bytes expected, got ${data.length}`)
    return data
  }
  if (type === 'bool') return word('uint256', value ? 1 : 0)
  if (!/^uint\d*$/.test(type)) throw new Error(`type ${type} is not among those that we call with`)
  return unhex(BigInt(value).toString(16).padStart(64, '0'))
}

/** Call data: selector and static words, e.g. call('approve(address,uint256)', [to, amount]). */
export function call(signature: string, args: readonly (string | number | bigint)[]): string {
  const inside = signature.slice(signature.indexOf('(') + 1, -1)
  const types = inside ? inside.split(',') : []
  if (types.length !== args.length) throw new Error(`${signature} expects ${types.length} values, got ${args.length}`)
  return '0x' + hex(concat(keccak(utf8(signature)).subarray(0, 4), ...types.map((type, n) => word(type, args[n]!))))
}

export interface Transaction {
  readonly to: string
  readonly data: string
  readonly value: bigint
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly nonce: bigint
  readonly chainId: bigint
}

/** The signed raw EIP-1559 transaction, with 0x. */
export function signTransaction(made: Transaction, secret: Uint8Array): string {
  const fields = [
    number(made.chainId),
    number(made.nonce),
    number(made.maxPriorityFeePerGas),
    number(made.maxFeePerGas),
    number(made.gas),
    unhex(made.to),
    number(made.value),
    unhex(made.data),
  ].map(item)
  const access = Uint8Array.from([0xc0])
  const hash = keccak(concat(Uint8Array.of(2), list([...fields, access])))
  const signature = unhex(signHash(hash, secret))
  const signed = [...fields, access, item(number(BigInt(signature[64]! - 27))), item(trimmed(signature.subarray(0, 32))), item(trimmed(signature.subarray(32, 64)))]
  return '0x02' + hex(list(signed))
}

function pointAddress(point: Uint8Array): string {
  return '0x' + hex(keccak(point.subarray(1)).subarray(12))
}

function number(value: bigint): Bytes {
  if (value === 0n) return new Uint8Array(0)
  const digits = value.toString(16)
  return unhex(digits.length % 2 ? `0${digits}` : digits)
}

function trimmed(data: Uint8Array): Uint8Array {
  let at = 0
  while (at < data.length && data[at] === 0) at++
  return data.subarray(at)
}

function item(data: Uint8Array): Bytes {
  if (data.length === 1 && data[0]! < 0x80) return data.slice() as Bytes
  return concat(head(0x80, data.length), data)
}

function list(items: readonly Uint8Array[]): Bytes {
  const inside = concat(...items)
  return concat(head(0xc0, inside.length), inside)
}

function head(base: number, size: number): Bytes {
  if (size < 56) return Uint8Array.from([base + size])
  const length = number(BigInt(size))
  return concat(Uint8Array.of(base + 55 + length.length), length)
}
