/** Canonical JSON: RFC 8785 without fractions (docs/reference/formats.md §1). */
import { utf8, type Bytes } from './bytes.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const DEEPEST = 64

export class NotCanonical extends Error {}

/** The canonical text. Throws NotCanonical for fractions, numbers beyond ±(2^53 - 1), lone surrogates, nesting deeper than 64. */
export function text(thing: unknown, depth = 0): string {
  if (depth > DEEPEST) throw new NotCanonical(`JSON must nest at most ${DEEPEST} deep`)
  if (thing === null || typeof thing === 'boolean') return String(thing)
  if (typeof thing === 'string') return quoted(thing)
  if (typeof thing === 'number') {
    if (!Number.isSafeInteger(thing)) throw new NotCanonical(`numbers must be whole and within ±(2^53 - 1), got ${thing}`)
    return String(thing === 0 ? 0 : thing)
  }
  if (Array.isArray(thing)) return `[${thing.map((each) => text(each, depth + 1)).join(',')}]`
  if (typeof thing === 'object' && (Object.getPrototypeOf(thing) === Object.prototype || Object.getPrototypeOf(thing) === null)) {
    const members = thing as Record<string, unknown>
    // The default order of sort() is that of UTF-16 code units, which is RFC 8785's.
    const keys = Object.keys(members).sort()
    return `{${keys.map((key) => `${quoted(key)}:${text(members[key], depth + 1)}`).join(',')}}`
  }
  throw new NotCanonical(`JSON must hold text, whole numbers, true, false, null, lists and objects, got ${typeof thing}`)
}

export const encode = (thing: unknown): Bytes => utf8(text(thing))

/** Parse bytes that must already be canonical. Throws NotCanonical otherwise. */
export function decodeStrict(data: Uint8Array): Json {
  let thing: Json
  let written: string
  try {
    written = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
    thing = JSON.parse(written) as Json
  } catch {
    throw new NotCanonical('JSON in UTF-8 expected')
  }
  // Keys given twice, fractions, spaces and rounded numbers all come out as another text.
  if (text(thing) !== written) throw new NotCanonical('JSON must be in canonical form (RFC 8785)')
  return thing
}

/** The objects of an evidence file, one canonical JSON text a line. */
export function readLines(data: Uint8Array): Record<string, Json>[] {
  if (data.length === 0) return []
  if (data[data.length - 1] !== 10) throw new NotCanonical('evidence must end with a line feed')
  const found: Record<string, Json>[] = []
  let start = 0
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== 10) continue
    const thing = decodeStrict(data.subarray(start, at))
    if (thing === null || typeof thing !== 'object' || Array.isArray(thing)) throw new NotCanonical(`line ${found.length + 1}: an object expected`)
    found.push(thing as Record<string, Json>)
    start = at + 1
  }
  return found
}

/** Evidence bytes: one canonical JSON text a line, each ended by a line feed. */
export const lines = (things: readonly unknown[]): Bytes => utf8(things.map((each) => `${text(each)}\n`).join(''))

function quoted(words: string): string {
  // JSON.stringify would write a lone surrogate as an escape, which Python's side refuses.
  if (!words.isWellFormed()) throw new NotCanonical('text must be Unicode without lone surrogates')
  return JSON.stringify(words)
}
