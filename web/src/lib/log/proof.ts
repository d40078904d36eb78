/** One file that proves, without any server, that an entry is in a log (c2sp.org/tlog-proof, version 1). */
import { hex, unbase64, base64, type Bytes } from '../bytes.ts'
import { checkInclusion, leafHash } from './merkle.ts'
import { Lie, openCheckpoint, type Checkpoint, type VerifierKey } from './note.ts'

export interface ProofFile {
  readonly index: number
  readonly path: readonly Bytes[]
  readonly note: Bytes
  /** The entry's bytes, as whoever made the file put them beside it. */
  readonly entry: Bytes
}

const HEADER = 'c2sp.org/tlog-proof@v1'

/** The parts of a proof file that carries its entry. Throws Lie for anything else. */
export function parseProof(raw: Uint8Array): ProofFile {
  const cut = raw.findIndex((byte, n) => byte === 10 && raw[n + 1] === 10)
  const lines = cut < 0 ? [] : new TextDecoder().decode(raw.subarray(0, cut)).split('\n')
  const [header, extra = '', place = '', ...hashes] = lines
  const index = /^index (0|[1-9]\d{0,15})$/.exec(place)
  if (header !== HEADER || !extra.startsWith('extra ') || !index) throw new Lie('the proof file', `a file that begins with ${HEADER}, with its entry and place`, String(header ?? '').slice(0, 60) || 'another file')
  const path = hashes.map(strict)
  if (path.length > 63 || path.some((each) => each.length !== 32)) throw new Lie('the proof file', 'at most 63 hashes of 32 bytes', `${path.length}`)
  return { index: Number(index[1]), path, note: raw.slice(cut + 2) as Bytes, entry: strict(extra.slice(6)) }
}

/** The checkpoint that holds the entry of a proof file, signed by the log's key. Throws Lie. */
export function checkProof(file: ProofFile, key: VerifierKey): Checkpoint {
  const checkpoint = openCheckpoint(file.note, key)
  checkInclusion(leafHash(file.entry), file.index, checkpoint.size, file.path, checkpoint.root)
  return checkpoint
}

function strict(text: string): Bytes {
  let data: Bytes
  try {
    data = unbase64(text)
  } catch {
    throw new Lie('the proof file', 'base64', text.slice(0, 40))
  }
  if (base64(data) !== text) throw new Lie('the proof file', 'canonical base64', hex(data).slice(0, 40))
  return data
}
