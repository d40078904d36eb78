/** Signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), as far as a reader needs them. */
import { concat, hex, same, sha256, unbase64, utf8, type Bytes } from '../bytes.ts'
import { ed25519Holds } from '../statement.ts'

export class Lie extends Error {
  /** Something that does not hold. `expected` and `got` say what was compared. */
  constructor(
    readonly what: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`${what}: expected ${expected}, got ${got}`)
  }
}

export interface VerifierKey {
  readonly name: string
  readonly id: Bytes
  readonly public: Bytes
}

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Bytes
}

/** The key of a `name+id+base64` line. Throws Lie where its parts disagree. */
export function parseVerifier(text: string): VerifierKey {
  const [name = '', id = '', ...rest] = text.split('+')
  const blob = decoded(rest.join('+'), 'the log key')
  if (blob.length !== 33 || blob[0] !== 1 || !name) throw new Lie('the log key', 'name+id+base64 of an Ed25519 key', text.slice(0, 80))
  const want = sha256(concat(utf8(`${name}\n`), blob)).subarray(0, 4)
  if (hex(want) !== id) throw new Lie('the id of the log key', hex(want), id)
  return { name, id: want, public: blob.slice(1) }
}

/** The checkpoint of a note that the log's key signed. Throws Lie. */
export function openCheckpoint(raw: Uint8Array, key: VerifierKey): Checkpoint {
  let whole: string
  try {
    whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch {
    throw new Lie('the checkpoint', 'text in UTF-8', 'other bytes')
  }
  const cut = whole.lastIndexOf('\n\n')
  if (cut < 0 || !whole.endsWith('\n')) throw new Lie('the checkpoint', 'a text, an empty line and signatures', whole.slice(0, 80))
  const text = whole.slice(0, cut + 1)
  let signed = false
  for (const line of whole.slice(cut + 2, -1).split('\n')) {
    const match = /^— (\S+) (\S+)$/.exec(line)
    if (!match) throw new Lie('a signature line of the checkpoint', '— name base64', line.slice(0, 80))
    const blob = decoded(match[2]!, 'a signature of the checkpoint')
    if (match[1] !== key.name || !same(blob.subarray(0, 4), key.id)) continue
    if (!ed25519Holds(key.public, utf8(text), blob.subarray(4))) throw new Lie('the signature of the checkpoint', `one by ${key.name}`, 'one that does not fit the text')
    signed = true
  }
  if (!signed) throw new Lie('the signature of the checkpoint', `one by ${key.name}`, 'none')
  const [origin = '', size = '', root = '', ...rest] = text.split('\n')
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || rest[rest.length - 1] !== '') throw new Lie('the checkpoint', 'origin, size and root', text.slice(0, 120))
  if (origin !== key.name) throw new Lie("the checkpoint's origin", key.name, origin)
  const bytes = decoded(root, "the checkpoint's root")
  if (bytes.length !== 32 || !Number.isSafeInteger(Number(size))) throw new Lie("the checkpoint's root", '32 bytes', `${bytes.length} bytes`)
  return { origin, size: Number(size), root: bytes }
}

function decoded(text: string, what: string): Bytes {
  try {
    return unbase64(text)
  } catch {
    throw new Lie(what, 'canonical base64', text.slice(0, 60))
  }
}
