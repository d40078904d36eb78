import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cap, given, KeyTaken, meant, read, USES, USUAL } from '../src/lib/keys.ts'

test('each use has a key of its own, and the usual key is what is meant by it', () => {
  assert.equal(new Set(Object.values(USUAL)).size, USES.length)
  for (const use of USES) assert.equal(meant(USUAL, USUAL[use].toUpperCase()), USUAL[use])
  assert.equal(meant(USUAL, '='), '+')
  for (const key of ['3', 'Enter', 'ArrowLeft', 'x']) assert.equal(meant(USUAL, key), key.toLowerCase())
})

test('a use gets another key, and its old one means nothing any more until it is given again', () => {
  const keys = given(USUAL, 'skip', 'Q')
  assert.equal(meant(keys, 'q'), 's')
  assert.equal(meant(keys, 's'), '')
  const both = given(keys, 'undo', 's')
  assert.equal(meant(both, 's'), 'z')
  assert.equal(meant(given(USUAL, 'larger', 'i'), '='), '=')
  assert.equal(cap(both.undo), 'S')
  assert.equal(cap(' '), 'Space')
})

test('a key of another use, of the answers, of the list or with a name is refused and nothing changes', () => {
  for (const [key, by] of [['z', 'undo'], ['Z', 'undo'], ['1', null], ['?', null], ['Enter', null], ['', null]] as const)
    assert.throws(() => given(USUAL, 'skip', key), (error) => error instanceof KeyTaken && error.by === by, key)
  assert.deepEqual(given(USUAL, 'skip', 's'), USUAL)
})

test('what the browser kept is read, and what is no choice of keys is not', () => {
  const keys = given(given(USUAL, 'skip', 'q'), 'undo', 's')
  assert.deepEqual(read(JSON.stringify(keys)), keys)
  assert.deepEqual(read('{"skip": "q", "gone": "y"}'), given(USUAL, 'skip', 'q'))
  for (const bad of [null, '', '{', 'null', '[]', '7', '{"skip": 5}', '{"skip": "z"}', '{"skip": "9"}']) assert.deepEqual(read(bad), USUAL, String(bad))
})
