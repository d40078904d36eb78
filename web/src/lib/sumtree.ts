/** The Merkle sum tree of payouts (docs/reference/contracts.md §1): what a claim proves, checked here. */
import { concat, hex, same, unhex, utf8, type Bytes } from './bytes.ts'
import { keccak, word } from './ethereum.ts'
import { Lie } from './log/note.ts'

export interface Step {
  readonly hash: Bytes
  readonly sum: bigint
}

export interface Line {
  readonly account: string
  readonly amount: bigint
  readonly cause: string
  readonly source: number
  readonly why: string
}

export interface ClaimLeaf {
  readonly account: string
  readonly prev: bigint
  readonly inc: bigint
  readonly linesRoot: Bytes
  readonly index: number
  readonly path: readonly Step[]
}

const TAG_ACCOUNT = keccak(utf8('hakari.account.1'))
const TAG_LINE = keccak(utf8('hakari.line.1'))
const NOTHING = new Uint8Array(32)
const LIMIT = 1n << 248n

const uint = (value: bigint | number): Bytes => word('uint256', value)

export function node(left: Step, right: Step): Step {
  return { hash: keccak(concat(left.hash, uint(left.sum), right.hash, uint(right.sum))), sum: left.sum + right.sum }
}

export function accountLeaf(account: string, prev: bigint, inc: bigint, linesRoot: Uint8Array): Step {
  return { hash: keccak(concat(TAG_ACCOUNT, word('address', account), uint(prev), uint(inc), linesRoot)), sum: inc }
}

export function lineLeaf(cause: string, source: number, amount: bigint): Step {
  return { hash: keccak(concat(TAG_LINE, word('bytes32', cause), uint(source), uint(amount), uint(0))), sum: amount }
}

/** The root of leaves in order; slots to the next power of two are empty. */
export function root(leaves: readonly Step[]): Step {
  let row: Step[] = [...leaves]
  if (!row.length) return { hash: NOTHING, sum: 0n }
  let empty: Step = { hash: NOTHING, sum: 0n }
  while (row.length > 1) {
    if (row.length % 2) row.push(empty)
    row = Array.from({ length: row.length / 2 }, (_, n) => node(row[2 * n]!, row[2 * n + 1]!))
    empty = node(empty, empty)
  }
  return row[0]!
}

/** The lines root of one account's lines, ascending by cause; 32 zero bytes where it has none. */
export function linesRoot(lines: readonly Line[]): Step {
  for (let n = 1; n < lines.length; n++) {
    if (!(lines[n - 1]!.cause < lines[n]!.cause)) throw new Lie('the lines of an account', 'ascending causes', lines[n]!.cause)
  }
  return root(lines.map((line) => lineLeaf(line.cause, line.source, line.amount)))
}

/** Check that a leaf leads to this root, sum and depth: what the contract would say. Throws Lie. */
export function checkClaim(leaf: ClaimLeaf, want: { readonly root: Uint8Array; readonly total: bigint; readonly depth: number }): void {
  if (leaf.path.length !== want.depth || leaf.index < 0 || leaf.index >= 2 ** want.depth) throw new Lie('the way to the payout root', `${want.depth} steps`, `${leaf.path.length}`)
  for (const value of [leaf.prev, leaf.inc, ...leaf.path.map((step) => step.sum)]) {
    if (value < 0n || value >= LIMIT) throw new Lie('an amount', 'below 2^248', value.toString())
  }
  let value = accountLeaf(leaf.account, leaf.prev, leaf.inc, leaf.linesRoot)
  leaf.path.forEach((sibling, height) => {
    value = Math.floor(leaf.index / 2 ** height) % 2 ? node(sibling, value) : node(value, sibling)
  })
  if (!same(value.hash, want.root)) throw new Lie('the payout root', hex(want.root), hex(value.hash))
  if (value.sum !== want.total) throw new Lie('the sum of the payout tree', want.total.toString(), value.sum.toString())
}

/** The claim leaf as the API gives it. */
export function claimLeaf(given: {
  readonly account: string
  readonly prev: string
  readonly inc: string
  readonly lines_root: string
  readonly index: number
  readonly path: readonly (readonly [string, string])[]
}): ClaimLeaf {
  return {
    account: given.account,
    prev: BigInt(given.prev),
    inc: BigInt(given.inc),
    linesRoot: unhex(given.lines_root),
    index: given.index,
    path: given.path.map(([hash, sum]) => ({ hash: unhex(hash), sum: BigInt(sum) })),
  }
}
