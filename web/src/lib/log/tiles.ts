/** C2SP tlog-tiles, height 8: fetch an entry and prove it against a checkpoint from tiles alone. */
import { type Bytes } from '../bytes.ts'
import { checkInclusion, leafHash, nodeHash } from './merkle.ts'
import { Lie, type Checkpoint } from './note.ts'

export type Read = (path: string) => Promise<Bytes>

const WIDTH = 256

/** The path of tile `index` of a level («entries» for bundles) as a log of `size` has it. */
export function tilePath(level: number | 'entries', index: number, size: number): { path: string; width: number } {
  const held = level === 'entries' ? size : Math.floor(size / WIDTH ** level)
  const width = Math.min(WIDTH, held - index * WIDTH)
  if (width < 1) throw new Lie('the log', `a tile ${index} at level ${level}`, `only ${size} entries`)
  let name = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) name = `x${String(rest % 1000).padStart(3, '0')}/${name}`
  return { path: `tile/${level}/${name}${width < WIDTH ? `.p/${width}` : ''}`, width }
}

/** The entries of a bundle. Throws Lie unless there are exactly `width`. */
export function unpack(bundle: Uint8Array, width: number, path: string): Uint8Array[] {
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bundle.length && entries.length <= width) {
    const size = at + 2 <= bundle.length ? bundle[at]! * 256 + bundle[at + 1]! : bundle.length
    entries.push(bundle.subarray(at + 2, at + 2 + size))
    at += 2 + size
  }
  if (at !== bundle.length || entries.length !== width) throw new Lie(path, `${width} entries`, `${entries.length} in ${bundle.length} bytes`)
  return entries
}

/** Reads tiles of one checkpoint, each once. */
export class Tiles {
  private readonly held = new Map<string, Promise<Bytes>>()
  /** How many files and bytes were fetched. */
  files = 0
  bytes = 0

  constructor(
    private readonly read: Read,
    readonly checkpoint: Checkpoint,
  ) {}

  /** The entry at `index`, after proving with the checkpoint's root that it stands there. Throws Lie. */
  async entry(index: number): Promise<Bytes> {
    const { size, root } = this.checkpoint
    if (!(index >= 0 && index < size)) throw new Lie('the place in the log', `0 to ${size - 1}`, String(index))
    const { path, width } = tilePath('entries', Math.floor(index / WIDTH), size)
    const entry = unpack(await this.fetch(path), width, path)[index % WIDTH]!.slice() as Bytes
    checkInclusion(leafHash(entry), index, size, await this.proof(index), root)
    return entry
  }

  /** The siblings of leaf `index`, from the leaf up. */
  async proof(index: number): Promise<Bytes[]> {
    let [low, high] = [0, this.checkpoint.size]
    const proof: Bytes[] = []
    while (high - low > 1) {
      const middle = low + split(high - low)
      if (index < middle) {
        proof.push(await this.over(middle, high))
        high = middle
      } else {
        proof.push(await this.over(low, middle))
        low = middle
      }
    }
    return proof.reverse()
  }

  /** The hash over the leaves low..high-1, where low is a multiple of the largest power of two below the run. */
  private async over(low: number, high: number): Promise<Bytes> {
    const run = high - low
    if (Number.isInteger(Math.log2(run))) return this.node(Math.log2(run), low / run)
    const middle = low + split(run)
    return nodeHash(await this.over(low, middle), await this.over(middle, high))
  }

  /** Node `index` of a height counted from the leaves: in a tile, or hashed from the tile's row below. */
  private async node(height: number, index: number): Promise<Bytes> {
    const [level, above] = [Math.floor(height / 8), height % 8]
    const first = index * 2 ** above
    const { path, width } = tilePath(level, Math.floor(first / WIDTH), this.checkpoint.size)
    const tile = await this.fetch(path)
    if (tile.length !== width * 32) throw new Lie(path, `${width} hashes`, `${tile.length} bytes`)
    let row = Array.from({ length: 2 ** above }, (_, n) => tile.subarray(((first % WIDTH) + n) * 32, ((first % WIDTH) + n + 1) * 32))
    while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, n) => nodeHash(row[2 * n]!, row[2 * n + 1]!))
    return row[0]!.slice() as Bytes
  }

  private fetch(path: string): Promise<Bytes> {
    const known = this.held.get(path)
    if (known) return known
    const asked = this.read(path).then((data) => {
      this.files += 1
      this.bytes += data.length
      return data
    })
    this.held.set(path, asked)
    return asked
  }
}

/** The largest power of two below n, n at least 2. */
function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

