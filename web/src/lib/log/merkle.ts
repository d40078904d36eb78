/** RFC 6962 hashes and the proofs of RFC 9162 §2.1.3 and §2.1.4. */
import { concat, hex, same, sha256, type Bytes } from '../bytes.ts'
import { Lie } from './note.ts'

export const leafHash = (entry: Uint8Array): Bytes => sha256(concat(Uint8Array.of(0), entry))
export const nodeHash = (left: Uint8Array, right: Uint8Array): Bytes => sha256(concat(Uint8Array.of(1), left, right))

// Positions are below 2^53, where the bit operators of JavaScript, which know 32 bits, must not be used.
const half = (n: number): number => Math.floor(n / 2)
const odd = (n: number): boolean => n % 2 === 1

/** Check that a leaf hash stands at `index` of the tree of `size` leaves with this root. Throws Lie. */
export function checkInclusion(leaf: Uint8Array, index: number, size: number, proof: readonly Uint8Array[], root: Uint8Array): void {
  if (!(index >= 0 && index < size)) throw new Lie('the place in the log', `0 to ${size - 1}`, String(index))
  let [place, last, got] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) throw new Lie('the proof of inclusion', 'fewer hashes, of 32 bytes', `${proof.length}`)
    if (odd(place) || place === last) {
      got = nodeHash(sibling, got)
      while (place !== 0 && !odd(place)) [place, last] = [half(place), half(last)]
    } else {
      got = nodeHash(got, sibling)
    }
    ;[place, last] = [half(place), half(last)]
  }
  if (last !== 0) throw new Lie('the proof of inclusion', 'more hashes', `${proof.length}`)
  if (!same(got, root)) throw new Lie('the root of the log', hex(root), hex(got))
}

/** Check that the tree of `newSize` leaves begins with the older tree. Throws Lie. */
export function checkConsistency(
  old: { readonly size: number; readonly root: Uint8Array },
  now: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): void {
  if (old.size > now.size) throw new Lie('the size of the log', `at least ${old.size}, as seen before`, String(now.size))
  if (old.size === now.size || old.size === 0) {
    if (old.size === now.size && !same(old.root, now.root)) throw new Lie(`the root at size ${now.size}`, `${hex(old.root)}, as seen before`, hex(now.root))
    return
  }
  const whole = Number.isInteger(Math.log2(old.size))
  const path = whole ? [old.root, ...proof] : [...proof]
  let [place, last] = [old.size - 1, now.size - 1]
  while (odd(place)) [place, last] = [half(place), half(last)]
  if (!proof.length) throw new Lie('the proof of consistency', 'hashes', 'none')
  let [oldGot, newGot]: [Uint8Array, Uint8Array] = [path[0]!, path[0]!]
  for (const sibling of path.slice(1)) {
    if (last === 0) throw new Lie('the proof of consistency', 'fewer hashes', String(proof.length))
    if (odd(place) || place === last) {
      ;[oldGot, newGot] = [nodeHash(sibling, oldGot), nodeHash(sibling, newGot)]
      while (place !== 0 && !odd(place)) [place, last] = [half(place), half(last)]
    } else {
      newGot = nodeHash(newGot, sibling)
    }
    ;[place, last] = [half(place), half(last)]
  }
  if (last !== 0) throw new Lie('the proof of consistency', 'more hashes', String(proof.length))
  if (!same(oldGot, old.root)) throw new Lie('the log as it was seen before', hex(old.root), hex(oldGot))
  if (!same(newGot, now.root)) throw new Lie('the root of the log', hex(now.root), hex(newGot))
}
