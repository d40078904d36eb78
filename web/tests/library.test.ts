import { ed25519 } from '@noble/curves/ed25519.js'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex, unhex, utf8, type Bytes } from '../src/lib/bytes.ts'
import { decodeStrict, NotCanonical, readLines, text } from '../src/lib/canonical.ts'
import { changes } from '../src/lib/changes.ts'
import { addressOf, checksummed, messageHash, recover, signHash, signTransaction, typedHash } from '../src/lib/ethereum.ts'
import { checkConsistency, checkInclusion, leafHash } from '../src/lib/log/merkle.ts'
import { Lie, openCheckpoint, parseVerifier } from '../src/lib/log/note.ts'
import { Tiles } from '../src/lib/log/tiles.ts'
import { parse, show } from '../src/lib/money.ts'
import * as statement from '../src/lib/statement.ts'
import { checkClaim, claimLeaf, linesRoot } from '../src/lib/sumtree.ts'
import vectors from './vectors.json'

const { said } = vectors
const secret = unhex(said.secret)
const seed = unhex(said.session_seed)

test('canonical JSON is that of the node, and what the node refuses is refused', () => {
  for (const { json, canonical } of vectors.canonical) {
    const thing: unknown = JSON.parse(json)
    // JSON.parse has rounded it before we see it: the strict reader below is what refuses it.
    if (json === '9007199254740992') continue
    if (canonical === null) assert.throws(() => text(thing), NotCanonical, json)
    else assert.equal(text(thing), canonical)
  }
})

test('the strict reader takes canonical bytes only', () => {
  assert.deepEqual(decodeStrict(utf8('{"a":1,"b":"東"}')), { a: 1, b: '東' })
  for (const other of ['{"b":1,"a":1}', '{"a":1,"a":1}', '{ "a":1}', '1.0', '9007199254740993', '"\\u0041"', '{"a":1}\n', '']) {
    assert.throws(() => decodeStrict(utf8(other)), NotCanonical, other)
  }
  assert.throws(() => readLines(utf8('{"a":1}')), NotCanonical)
  assert.deepEqual(readLines(utf8('{"a":1}\n{"b":2}\n')), [{ a: 1 }, { b: 2 }])
})

test('a submission has the bytes, the id and the commitments that the node computes', async () => {
  const want = said.submission
  const body = statement.submissionBody(want.statement.body.order, 1, want.opened as unknown as statement.Opened[])
  assert.deepEqual(body, want.statement.body)
  const made = await statement.made('submission', body, {
    author: said.account,
    key: want.statement.key,
    time: want.statement.time,
    sign: async (data) => ed25519.sign(data, seed),
  })
  assert.deepEqual(made, want.statement)
  assert.equal(hex(statement.signedBytes(made)), want.signed)
  assert.equal(statement.idOf(made), want.id)
  assert.ok(statement.signatureHolds(made))
  assert.ok(!statement.signatureHolds({ ...made, time: made.time + 1 }))
  assert.equal(statement.itemCommitment(said.item.data, said.item.salt), said.item.commitment)
})

test('a key under which one signature fits every message is refused', () => {
  const identity = unhex('01' + '00'.repeat(31))
  const everybody = new Uint8Array([...identity, ...new Uint8Array(32)])
  assert.ok(!statement.ed25519Holds(identity, utf8('anything'), everybody))
  const key = ed25519.getPublicKey(seed)
  const good = ed25519.sign(utf8('one'), seed)
  assert.ok(statement.ed25519Holds(key, utf8('one'), good))
  assert.ok(!statement.ed25519Holds(key, utf8('two'), good))
  // S + L is the same number modulo L: a second text of one signature.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  let s = [...good.subarray(32)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + order
  const other = good.slice()
  for (let n = 32; n < 64; n++, s >>= 8n) other[n] = Number(s & 255n)
  assert.ok(!statement.ed25519Holds(key, utf8('one'), other))
})

test('delegation, revocation and sign-in are signed as a wallet of the Python world signs them', () => {
  const { terms, signature } = said.delegation
  const typed = statement.delegation({
    chainId: terms.chain_id,
    log: terms.log,
    account: terms.account,
    sessionKey: terms.session_key,
    scopes: terms.scopes,
    notBefore: terms.not_before,
    expires: terms.expires,
    nonce: terms.nonce,
  })
  assert.equal(signHash(typedHash(typed), secret), signature.replace(/^0x/, ''))
  const back = statement.revocation({ chainId: 31337, log: terms.log, account: said.account, sessionKey: terms.session_key, time: terms.not_before })
  assert.equal(signHash(typedHash(back), secret), said.revocation.signature.replace(/^0x/, ''))
  assert.equal(addressOf(secret), said.account)
  assert.equal(checksummed(said.account), said.checksummed)
  const message = statement.signInMessage(said.sign_in.asked, said.checksummed, terms.not_before)
  assert.equal(message, said.sign_in.text)
  assert.equal(signHash(messageHash(message), secret), said.sign_in.signature.replace(/^0x/, ''))
})

test('a signature names its account, and a changed or flipped one names none of ours', () => {
  const hash = messageHash('秤')
  const good = signHash(hash, secret)
  assert.equal(recover(hash, good), said.account)
  assert.notEqual(recover(messageHash('other'), good), said.account)
  const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const flipped = good.slice(0, 64) + (n - BigInt(`0x${good.slice(64, 128)}`)).toString(16).padStart(64, '0') + (good.endsWith('1b') ? '1c' : '1b')
  assert.equal(recover(hash, flipped), null)
  assert.equal(recover(hash, good.slice(0, 128) + '00'), null)
})

test('a transaction has the bytes that eth-account makes', () => {
  const { fields, raw } = vectors.transaction
  const made = signTransaction(
    {
      to: fields.to,
      data: fields.data,
      value: 0n,
      gas: BigInt(fields.gas),
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      nonce: BigInt(fields.nonce),
      chainId: BigInt(fields.chainId),
    },
    secret,
  )
  assert.equal(made.replace(/^0x/, ''), raw.replace(/^0x/, ''))
})

test('a receipt holds under the key of the log and under no other', () => {
  const key = parseVerifier(said.receipt.key)
  assert.ok(statement.receiptHolds(said.receipt, key.public))
  assert.ok(!statement.receiptHolds({ ...said.receipt, include_by: said.receipt.include_by + 1 }, key.public))
})

for (const log of vectors.logs) {
  const files = log.files as unknown as Record<string, string>
  const key = parseVerifier(log.key)
  const read = (changed: Record<string, string> = {}) => async (path: string): Promise<Bytes> => {
    const data = changed[path] ?? files[path]
    if (data === undefined) throw new Error(`no ${path}`)
    return unhex(data)
  }

  test(`every entry of a log of ${log.size} is proven from its tiles`, async () => {
    const checkpoint = openCheckpoint(utf8(log.checkpoint), key)
    assert.equal(checkpoint.size, log.size)
    assert.equal(hex(checkpoint.root), log.root)
    const tiles = new Tiles(read(), checkpoint)
    for (let n = 0; n < log.size; n++) {
      const entry = await tiles.entry(n)
      assert.ok(new TextDecoder().decode(entry).startsWith(`entry ${n} – 秤`))
      const known = (log.proofs as unknown as Record<string, string[]>)[n]
      if (known) {
        assert.deepEqual((await tiles.proof(n)).map(hex), known)
        checkInclusion(leafHash(entry), n, log.size, known.map(unhex), unhex(log.root))
      }
    }
    await assert.rejects(tiles.entry(log.size), Lie)
  })

  test(`one changed byte anywhere in a log of ${log.size} is named as a lie`, async () => {
    const checkpoint = openCheckpoint(utf8(log.checkpoint), key)
    for (const path of Object.keys(files)) {
      const bytes = unhex(files[path]!)
      bytes[bytes.length - 1]! ^= 1
      const tiles = new Tiles(read({ [path]: hex(bytes) }), checkpoint)
      const caught = async (n: number): Promise<boolean> =>
        tiles.entry(n).then(
          () => false,
          (error: unknown) => error instanceof Lie,
        )
      // The last byte is in the way of the last entry or, in a full tile, of that tile's last.
      assert.ok((await caught(log.size - 1)) || (await caught(0)) || (await caught(255)), path)
    }
    for (const [from, to] of [[String(log.size), String(log.size + 1)], ['hakari/log', 'hakari/l0g']] as const) {
      assert.throws(() => openCheckpoint(utf8(log.checkpoint.replace(from, to)), key), Lie)
    }
  })

  test(`a log of ${log.size} begins with what was seen before, or the lie is named`, () => {
    const now = { size: log.size, root: unhex(log.root) }
    for (const old of log.older) {
      const seen = { size: old.size, root: unhex(old.root) }
      const proof = old.proof.map(unhex)
      checkConsistency(seen, now, proof)
      const other = unhex(old.root)
      other[0]! ^= 1
      assert.throws(() => checkConsistency({ size: old.size, root: other }, now, proof), Lie)
      if (proof.length) assert.throws(() => checkConsistency(seen, now, proof.slice(1)), Lie)
    }
    assert.throws(() => checkConsistency({ size: log.size + 1, root: now.root }, now, []), Lie)
  })
}

test('the identity as a log key is a lie', () => {
  assert.throws(() => parseVerifier('hakari/log+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), Lie)
})

test('a payout leads to the root of its epoch; another amount, account or path does not', () => {
  for (const tree of vectors.payouts) {
    const want = { root: unhex(tree.root), total: BigInt(tree.total), depth: tree.depth }
    for (const each of tree.leaves) {
      const leaf = claimLeaf(each.leaf as unknown as Parameters<typeof claimLeaf>[0])
      checkClaim(leaf, want)
      const lines = each.lines.map((line) => ({ ...line, amount: BigInt(line.amount) }))
      const own = linesRoot(lines)
      assert.equal(hex(own.hash), each.leaf.lines_root)
      assert.equal(own.sum, leaf.inc)
      assert.throws(() => checkClaim({ ...leaf, inc: leaf.inc + 1n }, want), Lie)
      assert.throws(() => checkClaim({ ...leaf, prev: leaf.prev + 1n }, want), Lie)
      assert.throws(() => checkClaim(leaf, { ...want, total: want.total + 1n }), Lie)
      if (tree.depth) {
        const [first, ...rest] = leaf.path
        assert.throws(() => checkClaim({ ...leaf, path: [{ ...first!, sum: first!.sum + 1n }, ...rest] }, want), Lie)
        assert.throws(() => checkClaim({ ...leaf, path: rest }, want), Lie)
      }
    }
  }
})

test('money is read and shown without a fraction of a number', () => {
  assert.equal(show(1_234_500n), '1.2345')
  assert.equal(show('40000'), '0.04')
  assert.equal(show('40000', 3), '0.040')
  assert.equal(show(1_234_567_000_000n), '1,234,567')
  assert.equal(show(-500_000n), '-0.5')
  assert.equal(parse('12.50'), 12_500_000n)
  assert.throws(() => parse('0.0000001'))
  assert.throws(() => parse('1e3'))
})

test('what changed between two guidelines is shown line by line, and both can be read off it', () => {
  const shown = (before: string, after: string): string[] => changes(before, after).map((each) => ({ same: ' ', out: '-', in: '+' })[each.kind] + each.text)
  assert.deepEqual(shown('a\nb\nc', 'a\nB\nc\nd'), [' a', '-b', '+B', ' c', '+d'])
  assert.deepEqual(shown('', 'a'), ['-', '+a'])
  assert.deepEqual(shown('same', 'same'), [' same'])
  for (const [before, after] of [['x\ny\nx\nz', 'y\nx\nx'], ['1\n2\n3', '3\n2\n1'], ['l\n'.repeat(2500), 'm']] as const) {
    const made = changes(before, after)
    assert.equal(made.filter((each) => each.kind !== 'in').map((each) => each.text).join('\n'), before)
    assert.equal(made.filter((each) => each.kind !== 'out').map((each) => each.text).join('\n'), after)
  }
})
