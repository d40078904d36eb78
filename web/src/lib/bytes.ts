/** Bytes, their texts, and SHA-256. */
import { sha256 as sha } from '@noble/hashes/sha2.js'

export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes

export const sha256 = (data: Uint8Array): Bytes => sha(data) as Bytes

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function hex(data: Uint8Array): string {
  let text = ''
  for (const byte of data) text += byte.toString(16).padStart(2, '0')
  return text
}

/** Bytes of hexadecimal digits, with or without 0x. Throws for anything else. */
export function unhex(text: string): Bytes {
  const digits = text.startsWith('0x') ? text.slice(2) : text
  if (digits.length % 2 || !/^[0-9a-fA-F]*$/.test(digits)) throw new Error(`hexadecimal digits expected, got ${text.slice(0, 80)}`)
  const data = new Uint8Array(digits.length / 2)
  for (let n = 0; n < data.length; n++) data[n] = parseInt(digits.slice(2 * n, 2 * n + 2), 16)
  return data
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, n) => byte === b[n])
}

export function base64(data: Uint8Array): string {
  let text = ''
  for (const byte of data) text += String.fromCharCode(byte)
  return btoa(text)
}

/** Bytes of canonical base64 (RFC 4648 section 4). Throws for anything else, stray bits included. */
export function unbase64(text: string): Bytes {
  let raw: string
  try {
    raw = atob(text)
  } catch {
    throw new Error('base64 expected')
  }
  const data = Uint8Array.from(raw, (letter) => letter.charCodeAt(0)) as Bytes
  if (base64(data) !== text) throw new Error('base64 must be canonical')
  return data
}

export const base64url = (data: Uint8Array): string =>
  base64(data).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

export const random = (size: number): Bytes => crypto.getRandomValues(new Uint8Array(size))
