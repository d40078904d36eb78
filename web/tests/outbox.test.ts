import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Api } from '../src/lib/api.ts'
import { read } from '../src/lib/label/config.ts'
import { tree, Unreadable } from '../src/lib/label/markup.ts'
import { GATHER_MS, Outbox, UNDO_MS } from '../src/lib/outbox.ts'
import { reveal } from '../src/lib/reveals.ts'
import { newPair, type SessionKey } from '../src/lib/session.ts'
import { answerCommitment, idOf, signatureHolds, type Opened, type Statement } from '../src/lib/statement.ts'
import { Memory } from '../src/lib/store.ts'

const ORDER = 'ab'.repeat(32)
type Sent = { statement: Statement; answers: Opened[] }

/** A node that takes, refuses or does not answer, as `say` decides; and a clock that the test turns. */
async function world(say: (sent: Sent) => Response | null) {
  const store = new Memory()
  const got: Sent[] = []
  const clock = { now: 1_764_000_000_000 }
  const api = new Api('', async (_, init) => {
    const sent = JSON.parse(String(init.body)) as Sent
    got.push(sent)
    const answer = say(sent)
    if (!answer) throw new TypeError('no net')
    return answer
  })
  const session: SessionKey = { account: `0x${'11'.repeat(20)}`, ...(await newPair()), scopes: 'work', log: 'hakari/log', notBefore: 0, expires: 2 ** 40 }
  const open = (): Outbox => new Outbox(store, api, () => clock.now)
  const add = (task: number) => open().add({ order: ORDER, guideline: 1, task, answer: { mood: 'good' }, reward: '40000' })
  return { store, got, clock, session, open, add }
}
const taken = (sent: Sent): Response => Response.json({ id: sent.statement.signature, receipt: {} })
const refusal = (code: string, pointer: string | null = null): Response => Response.json({ error: { code, message: code, pointer } }, { status: 409 })

test('an answer waits until it can no longer be undone, then goes out signed and is gone from the device', async () => {
  const { add, open, clock, session, got } = await world(taken)
  await add(3)
  assert.deepEqual((await open().round(session)).sent, [])
  clock.now += UNDO_MS
  assert.equal((await open().round(session)).sent.length, 1)
  assert.equal(got.length, 1)
  assert.ok(signatureHolds(got[0]!.statement))
  assert.deepEqual(got[0]!.statement.body['commitments'], got[0]!.answers.map(answerCommitment))
  assert.deepEqual(await open().waiting(), [])
})

test('an undone answer is never sent, and one in a batch cannot be undone', async () => {
  const { add, open, clock, session, got } = await world(() => null)
  await add(1)
  assert.ok(await open().undo(ORDER, 1))
  await add(2)
  clock.now += UNDO_MS
  await open().round(session)
  assert.equal(await open().undo(ORDER, 2), undefined)
  assert.deepEqual(got.map((each) => each.answers.map((one) => one.task)), [[2]])
})

test('without a net the same bytes go out again, also after a reload', async () => {
  let net = false
  const { add, open, clock, session, got } = await world((sent) => (net ? taken(sent) : null))
  await add(1)
  await add(2)
  clock.now += UNDO_MS
  assert.ok((await open().round(session)).away)
  net = true
  clock.now += 60_000
  assert.equal((await open().round(session)).sent.length, 2)
  assert.deepEqual(got[1], got[0])
})

test('answers that keep coming gather in one statement, but not for ever', async () => {
  const { add, open, clock, session, got } = await world(taken)
  for (let task = 0; clock.now < 1_764_000_000_000 + UNDO_MS + GATHER_MS; task++, clock.now += 2_000) {
    await add(task)
    await open().round(session)
    assert.equal(got.length, 0)
  }
  assert.equal((await open().round(session)).sent.length, got[0]!.answers.length)
  assert.equal(got.length, 1)
})

test('one refused answer does not take the others with it, and is kept with its reason', async () => {
  const { add, open, clock, session } = await world((sent) => {
    const place = sent.answers.findIndex((each) => each.task === 1)
    return place < 0 ? taken(sent) : refusal('unknown_task', `/answers/${place}/task`)
  })
  for (const task of [0, 1, 2]) await add(task)
  clock.now += UNDO_MS
  assert.deepEqual((await open().round(session)).refused.map((each) => each.task), [1])
  assert.equal((await open().round(session)).sent.length, 2)
  assert.equal((await open().waiting())[0]!.refused!.code, 'unknown_task')
})

test('a refusal that names no place is found by halves', async () => {
  const { add, open, clock, session } = await world((sent) => (sent.answers.some((each) => each.task === 5) ? refusal('already_answered') : taken(sent)))
  for (let task = 0; task < 8; task++) await add(task)
  clock.now += UNDO_MS
  for (let n = 0; n < 6; n++) await open().round(session)
  assert.deepEqual((await open().waiting()).map((each) => [each.task, each.refused?.code]), [[5, 'already_answered']])
})

test('an expired key loses no answer', async () => {
  const { add, open, clock, session } = await world(() => refusal('expired_key'))
  await add(1)
  clock.now += UNDO_MS
  await assert.rejects(open().round(session))
  assert.deepEqual((await open().waiting()).map((each) => [each.batch, each.refused]), [[null, null]])
})

test('a configuration is read as text only, and what could run or expand is refused', () => {
  const xml = '<?xml version="1.0"?><View><Header value="Mood?"/><Choices name="m" toName="t"><Choice value="a &lt;b&gt;" alias="A"/></Choices><Text name="t" value="$text"/></View>'
  const config = read(xml, { text: '<script>alert(1)</script>' })
  assert.deepEqual(config.shown, [{ kind: 'Text', name: 't', value: '<script>alert(1)</script>', lines: [], items: [] }])
  assert.deepEqual(config.controls[0], { kind: 'choices', name: 'm', ask: 'Mood?', multiple: false, required: false, options: [{ label: 'A', value: 'a <b>', hint: '' }] })
  for (const bad of ['<!DOCTYPE x><View/>', '<View>&x;</View>', '<View><A></View>', '<View/><View/>', '<View a=1/>', '<?php x?><View/>']) assert.throws(() => tree(bad), Unreadable, bad)
})

test('answers committed first go out without their openings, which stay on the device until they are called for', async () => {
  const called = { until: null as number | null }
  const store = new Memory()
  const got: { path: string; sent: Sent & { openings?: Opened[] } }[] = []
  const api = new Api('', async (path, init) => {
    if (init.method === 'GET') {
      const said = got[0]!.sent.statement
      return Response.json({ items: [{ submission: idOf(said), n: 0, until: called.until }, { submission: idOf(said), n: 1, until: null }] })
    }
    got.push({ path, sent: JSON.parse(String(init.body)) as Sent })
    return Response.json({ id: idOf(got.at(-1)!.sent.statement), receipt: {} })
  })
  const session: SessionKey = { account: `0x${'11'.repeat(20)}`, ...(await newPair()), scopes: 'work', log: 'hakari/log', notBefore: 0, expires: 2 ** 40 }
  const outbox = new Outbox(store, api)
  for (const task of [4, 7]) await outbox.add({ order: ORDER, guideline: 1, role: 'audit', first: true, task, answer: { mood: 'good' }, reward: '1' })
  await outbox.round(session, true)
  assert.equal(got[0]!.sent.answers, undefined)
  assert.deepEqual(got[0]!.sent.statement.body['tasks'], [4, 7])
  assert.equal(await reveal(store, api, session, 9), 0)
  called.until = 99
  assert.equal(await reveal(store, api, session, 9), 1)
  const [opening] = got[1]!.sent.openings!
  assert.deepEqual([got[1]!.path, opening!.task, got[1]!.sent.statement.body['n']], ['/v1/reveals', 4, [0]])
  assert.equal(answerCommitment(opening!), (got[0]!.sent.statement.body['commitments'] as string[])[0])
  assert.equal((await store.all('outbox', 'kept/')).length, 1)
})
