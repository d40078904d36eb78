import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../src/lib/canonical.ts'
import { text as canonicalText } from '../src/lib/canonical.ts'
import { chosen, complete, put, read, Unreadable } from '../src/lib/label/config.ts'
import { letters, pieces, step, tokens, toPoints, toUnits } from '../src/lib/label/spans.ts'
import { canonical, length, trimmed, Unfit } from '../src/lib/label/values.ts'
import vectors from './vectors.json'

const held = vectors.labels
const config = read(held.config, held.data as unknown as Record<string, Json>)
const control = (name: string) => config.controls.find((each) => each.name === name)!
const bound = (name: string): Json | undefined => (held.bounds as Record<string, Json>)[name]

test('what means the same has the one form that the node gives it', () => {
  for (const { control: name, said, form } of held.canonical) {
    const made = canonical(control(name), said, bound(name))
    assert.equal(canonicalText(made), canonicalText(form), name)
    assert.equal(canonicalText(canonical(control(name), made, bound(name))), canonicalText(form), name)
  }
})

test('what the node refuses is never made here', () => {
  assert.ok(held.refused.length > 20)
  for (const { control: name, said } of held.refused) assert.throws(() => canonical(control(name), said, bound(name)), Unfit, `${name} ${JSON.stringify(said)}`)
})

test('a stretch of a text is what Python cuts out of it, with emoji and Japanese', () => {
  const text = held.data.text
  assert.equal(length(text), held.bounds.names)
  for (const { start, end, text: want } of held.stretches) {
    assert.equal(text.slice(toUnits(text, start), toUnits(text, end)), want)
    assert.equal(toPoints(text, toUnits(text, end)), end)
  }
})

test('a tap finds words, also where no blanks stand between them', () => {
  const text = '今日は東京へ行きます。Ada 👩‍👩‍👧!'
  const points = [...text]
  const words = tokens(text, 'ja').filter((each) => each.word).map((each) => points.slice(each.start, each.end).join(''))
  assert.ok(words.includes('東京'), String(words))
  assert.ok(words.includes('Ada'))
  assert.ok(words.includes('👩‍👩‍👧'))
  assert.equal(tokens(text, 'ja').at(-1)!.end, points.length)
  const chinese = tokens('我昨天去了北京大学。', 'zh').filter((each) => each.word)
  assert.ok(chinese.length > 3)
  const edges = letters(text, 'ja')
  const family = text.indexOf('👩')
  assert.equal(step(edges, family, 1) - family, 5, 'an emoji of five code points is one letter')
  assert.equal(step(edges, 0, -1), 0)
})

test('a text is cut at the edges of words and of what is marked, and nothing is lost', () => {
  const text = '東京の田中さん'
  const all = tokens(text, 'ja')
  const cut = pieces(text, all, [{ start: 1, end: 4 }, { start: 3, end: 5 }])
  assert.equal(cut.map((each) => each.text).join(''), text)
  assert.deepEqual(cut.filter((each) => each.in.length === 2).map((each) => each.text), ['田'])
})

test('a configuration is read into what it shows and asks', () => {
  assert.deepEqual(config.controls.map((each) => each.kind), ['spans', 'boxes', 'outlines', 'sounds', 'tree', 'words', 'words', 'order'])
  assert.equal(config.shown.find((each) => each.kind === 'Chat')!.lines[0]!.said, 'こんにちは')
  assert.deepEqual(config.shown.find((each) => each.kind === 'Paragraphs')!.lines, [{ who: 'Ada', said: 'Hello.' }])
  assert.deepEqual(config.shown.find((each) => each.kind === 'List')!.items.map((each) => each.id), ['a', 'b', 'c'])
  assert.throws(() => read('<View><Video name="v" value="$v"/></View>', {}), Unreadable)
})

test('an answer keeps the order of its controls, and none is no answer', () => {
  const boxes = control('boxes')
  assert.ok(!complete(config, {}))
  const one = put(config, put(config, {}, control('why'), 'x'), boxes, [])
  assert.deepEqual(Object.keys(one), ['boxes', 'why'])
  assert.ok(complete(config, one))
  assert.deepEqual(put(config, one, boxes, undefined), { why: 'x' })
  const asked = read('<View><Text name="t" value="$t"/><Choices name="c" toName="t" choice="multiple"><Choice value="a"/><Choice value="b"/></Choices></View>', { t: 'x' })
  const c = asked.controls[0]!
  assert.deepEqual(chosen(asked, chosen(asked, {}, c, 'b'), c, 'a'), { c: ['a', 'b'] })
  assert.deepEqual(chosen(asked, { c: ['a'] }, c, 'a'), {})
})

test('a text is sent without what is blank at its ends', () => {
  assert.equal(trimmed('\u3000 a\r\nb \n'), 'a\nb')
  assert.equal(trimmed('\u200ba'), '\u200ba')
})
