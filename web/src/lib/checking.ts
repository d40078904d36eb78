/** «Verify in this browser»: public files fetched and recomputed, one step at a time. The first lie stops it. */
import { Refused, type Api } from './api.ts'
import { hex, sha256, unhex, type Bytes } from './bytes.ts'
import { decodeStrict, readLines, type Json } from './canonical.ts'
import { call, recover, typedHash } from './ethereum.ts'
import { checkConsistency } from './log/merkle.ts'
import { Lie, openCheckpoint, parseVerifier, type Checkpoint } from './log/note.ts'
import { checkProof, parseProof } from './log/proof.ts'
import { Tiles } from './log/tiles.ts'
import { show } from './money.ts'
import { delegation, signatureHolds, type Statement } from './statement.ts'
import type { Store } from './store.ts'
import { checkClaim, claimLeaf, linesRoot, type Line } from './sumtree.ts'

/** How far a step may be trusted: recomputed here, or resting on another's word. */
export type Level = 'recomputed' | 'attested'

export interface Step {
  readonly name: string
  readonly level: Level
  readonly found: string
}

export type Tell = (step: Step) => void

interface Seen {
  readonly key: string
  readonly size: number
  readonly root: string
}

/** The checkpoint, checked: signed by the log's key, the same key as before, and begun by what this browser saw before. */
export async function checkLog(api: Api, store: Store, tell: Tell): Promise<Checkpoint> {
  const node = JSON.parse(await api.text('/public/node.json')) as { log: { key: string } }
  const seen = await store.get<Seen>('seen', 'log')
  if (seen && seen.key !== node.log.key) throw new Lie('the key of the log', `${seen.key}, as seen before`, node.log.key)
  const now = openCheckpoint(await api.bytes('/log/checkpoint'), parseVerifier(node.log.key))
  tell({ name: 'checkpoint', level: 'recomputed', found: `${now.origin} · ${now.size} · ${hex(now.root)}` })
  if (seen) {
    let proof: Bytes[] = []
    if (seen.size < now.size && seen.size > 0) proof = (await api.get<{ proof: string[] }>(`/v1/log/consistency?first=${seen.size}&second=${now.size}`)).proof.map(unhex)
    checkConsistency({ size: seen.size, root: unhex(seen.root) }, now, proof)
    tell({ name: 'grown', level: 'recomputed', found: `${seen.size} → ${now.size}` })
  }
  await store.put('seen', 'log', { key: node.log.key, size: now.size, root: hex(now.root) } satisfies Seen)
  return now
}

/** One statement, proven to stand in the log and, where a session key signed it, to be signed. */
export async function checkStatement(api: Api, tiles: Tiles, id: string, tell: Tell): Promise<Statement> {
  const { leaf } = await api.get<{ leaf: number | null }>(`/v1/statements/${id}`)
  if (leaf === null) throw new Refused(409, 'not_yet', 'the statement is not in the log yet')
  const entry = await tiles.entry(leaf)
  const got = hex(sha256(entry))
  if (got !== id) throw new Lie('the statement', id, got)
  const said = decodeStrict(entry) as unknown as Statement
  tell({ name: 'included', level: 'recomputed', found: `${said.kind} · ${leaf} · ${tiles.files} / ${tiles.bytes} B` })
  await checkSignature(api, said, tell)
  return said
}

/** Who said it signed it: a session key by Ed25519, an account that lets one sign for it by EIP-712. Others are left unsaid. */
async function checkSignature(api: Api, said: Statement, tell: Tell): Promise<void> {
  if (said.key !== 'account') {
    if (!signatureHolds(said)) throw new Lie('the signature of the statement', `one by ${said.key}`, 'one that does not fit')
    tell({ name: 'signed', level: 'recomputed', found: said.key })
  } else if (said.kind === 'delegation') {
    const body = said.body as Readonly<Record<string, string>>
    const { chain } = await api.node()
    const terms = { chainId: chain.chain_id, log: body['log']!, account: said.author, sessionKey: body['session_key']!, scopes: body['scopes']!, notBefore: Number(body['not_before']), expires: Number(body['expires']), nonce: Number(body['nonce']) }
    const signer = recover(typedHash(delegation(terms)), said.signature)
    if (signer !== said.author) throw new Lie('the signature of the statement', `one by ${said.author}`, `one by ${signer ?? 'nobody'}`)
    tell({ name: 'signed_account', level: 'recomputed', found: said.author })
  }
}

/** A proof file that somebody kept, against the key of this log as this browser knows it. */
export async function checkFile(api: Api, store: Store, raw: Uint8Array, tell: Tell): Promise<void> {
  const seen = await store.get<Seen>('seen', 'log')
  const key = seen?.key ?? (JSON.parse(await api.text('/public/node.json')) as { log: { key: string } }).log.key
  const file = parseProof(raw)
  const held = checkProof(file, parseVerifier(key))
  tell({ name: 'checkpoint', level: 'recomputed', found: `${held.origin} · ${held.size} · ${hex(held.root)}` })
  const said = decodeStrict(file.entry) as unknown as Statement
  tell({ name: 'included', level: 'recomputed', found: `${said.kind} · ${file.index} · ${hex(sha256(file.entry))}` })
  await checkSignature(api, said, tell)
}

/** The last statement of an epoch that the log holds, over all pages. */
async function epochOf(api: Api, pool: number, number: number): Promise<string> {
  let found = ''
  for (let cursor: number | string | null = 0; cursor !== null; ) {
    const page: { items: { id: string; statement: Statement }[]; next: string | number | null } = await api.get(`/v1/statements?kind=epoch&limit=200&cursor=${cursor}`)
    for (const each of page.items) if (each.statement.body['pool'] === pool && each.statement.body['number'] === number) found = each.id
    cursor = page.next
  }
  if (!found) throw new Lie('the epoch of the payout', `a statement of epoch ${number}`, 'none')
  return found
}

interface Payout {
  readonly pool: number
  readonly epoch: number
  readonly leaf: Parameters<typeof claimLeaf>[0]
}

/** What an account can claim or has claimed: lines, leaf and root recomputed from the public files, and the root that the chain holds. */
export async function checkPayout(api: Api, tiles: Tiles, account: string, tell: Tell): Promise<number> {
  const { items } = await api.get<{ items: Payout[] }>(`/v1/accounts/${account}/payouts?claimed=true`)
  for (const item of items) {
    const epoch = await epochOf(api, item.pool, item.epoch)
    const body = (await checkStatement(api, tiles, epoch, tell)).body as Record<string, Json>
    const evidence = await api.bytes(`/public/evidence/${String(body['lines'])}`)
    if (hex(sha256(evidence)) !== body['lines']) throw new Lie('the lines of the epoch', String(body['lines']), hex(sha256(evidence)))
    const all = readLines(evidence).map((line) => ({ ...line, amount: BigInt(String(line['amount'])) }) as unknown as Line)
    const own = all.filter((line) => line.account === account)
    const leaf = claimLeaf(item.leaf)
    if (leaf.account !== account) throw new Lie('the account of the payout', account, leaf.account)
    const lines = own.length ? linesRoot(own) : { hash: new Uint8Array(32), sum: 0n }
    if (hex(lines.hash) !== hex(leaf.linesRoot) || lines.sum !== leaf.inc) throw new Lie('the lines of this account', `${hex(leaf.linesRoot)}, ${leaf.inc}`, `${hex(lines.hash)}, ${lines.sum}`)
    tell({ name: 'lines', level: 'recomputed', found: `${own.length} · ${show(leaf.inc)}` })
    checkClaim(leaf, { root: unhex(String(body['root'])), total: BigInt(String(body['total'])), depth: Number(body['depth']) })
    tell({ name: 'payout', level: 'recomputed', found: `${show(leaf.prev + leaf.inc)} · ${String(body['root'])}` })
    const node = await api.node()
    const data = call('epochs(uint256,uint256)', [item.pool, item.epoch])
    const word = (await api.rpc<string>('eth_call', [{ to: node.chain.contracts['payouts'], data }, 'latest'])).slice(2, 66)
    if (word !== body['root']) throw new Lie('the payout root on the chain', String(body['root']), word)
    tell({ name: 'chain', level: 'attested', found: word })
  }
  return items.length
}

