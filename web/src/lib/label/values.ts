/** The canonical value of controls that are no choice among classes: the twin of hakari.sources.label.values. */
import type { Json } from '../canonical.ts'
import { every, type Control, type Marking, type Tree } from './config.ts'

export const FULL = 100_000
export const LONGEST_MS = 86_400_000
export const MOST_REGIONS = 200
export const MOST_CORNERS = 100
const MOST_CORNERS_IN_ALL = 1000
export const LONGEST_TEXT = 4000
const UNBOUND = 10_000_000
const BLANKS = '[\\t\\n \\u00a0\\u3000]'
const ENDS = new RegExp(`^${BLANKS}+|${BLANKS}+$`, 'gu')
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/

/** What the answer to a control can't be. */
export class Unfit extends Error {}

export type Point = readonly [number, number]
export type Span = { readonly end: number; readonly label: string; readonly start: number }
export type Box = { readonly height: number; readonly label: string; readonly width: number; readonly x: number; readonly y: number }
export type Outline = { readonly label: string; readonly points: readonly Point[] }
export type Region = Span | Box | Outline

/** The one form of what somebody says to a control. `bound`: the length of its text or the ids of its items. Throws Unfit. */
export function canonical(control: Control, given: unknown, bound?: Json): Json {
  switch (control.kind) {
    case 'tree':
      return nodes(control, given)
    case 'words':
      return words(given)
    case 'order':
      return order(given, bound)
    case 'spans':
      return regions(control, given, (one) => span(one, typeof bound === 'number' ? bound : UNBOUND))
    case 'sounds':
      return regions(control, given, (one) => span(one, LONGEST_MS))
    case 'boxes':
      return regions(control, given, box)
    case 'outlines': {
      const made = regions(control, given, outline)
      if ((made as unknown as Outline[]).reduce((sum, each) => sum + each.points.length, 0) > MOST_CORNERS_IN_ALL) throw new Unfit('corners')
      return made
    }
    default:
      return given as Json
  }
}

/** A text as it is sent: one form of line end, nothing blank at its ends. */
export const trimmed = (text: string): string => text.replace(/\r\n?/g, '\n').replace(ENDS, '')

export const length = (text: string): number => [...text].length

function words(given: unknown): string {
  if (typeof given !== 'string') throw new Unfit('text')
  const text = trimmed(given)
  if (CONTROL.test(text) || !text.isWellFormed() || length(text) < 1 || length(text) > LONGEST_TEXT) throw new Unfit('text')
  return text
}

function nodes(control: Tree, given: unknown): Json {
  const all = every(control.nodes).filter((node) => !control.leavesOnly || !node.children.length)
  const names = list(given).map((path) => JSON.stringify(path))
  const known = new Map(all.map((node) => [JSON.stringify(node.path), node.path]))
  if (names.length < 1 || names.length > control.most || new Set(names).size !== names.length || names.some((name) => !known.has(name))) throw new Unfit('nodes')
  return [...known].filter(([name]) => names.includes(name)).map(([, path]) => [...path])
}

function order(given: unknown, bound?: Json): Json {
  const ids = list(given)
  const known = Array.isArray(bound) ? bound : null
  const good = ids.length >= 2 && ids.every((id) => typeof id === 'string' && (!known || known.includes(id))) && new Set(ids).size === ids.length
  if (!good || (known && known.length !== ids.length)) throw new Unfit('order')
  return ids as Json
}

type Read = (one: Record<string, unknown>) => { key: readonly number[]; made: Record<string, Json> }

function regions(control: Marking, given: unknown, reader: Read): Json {
  const all = list(given)
  if (all.length > MOST_REGIONS) throw new Unfit('regions')
  const found = all.map((one) => {
    if (one === null || typeof one !== 'object' || Array.isArray(one)) throw new Unfit('region')
    const { key, made } = reader(one as Record<string, unknown>)
    const at = control.labels.findIndex((each) => each.label === (one as Record<string, unknown>)['label'])
    if (at < 0 || Object.keys(one).length !== Object.keys(made).length + 1) throw new Unfit('region')
    return { key: [...key, ...(made['points'] ? [-1] : []), at], made: { ...made, label: control.labels[at]!.label } }
  })
  found.sort((a, b) => compare(a.key, b.key))
  if (found.some((each, n) => n > 0 && compare(each.key, found[n - 1]!.key) === 0)) throw new Unfit('region given twice')
  return found.map((each) => each.made as Json)
}

/** Lexicographic; a beginning comes before what it begins. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let n = 0; n < Math.min(a.length, b.length); n++) if (a[n] !== b[n]) return a[n]! - b[n]!
  return a.length - b.length
}

function list(given: unknown): readonly unknown[] {
  if (!Array.isArray(given)) throw new Unfit('list')
  return given
}

function whole(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw new Unfit(`whole number from ${least} to ${most}`)
  return value
}

function span(one: Record<string, unknown>, most: number): ReturnType<Read> {
  const start = whole(one['start'], 0, most - 1)
  const end = whole(one['end'], start + 1, most)
  return { key: [start, end], made: { end, start } }
}

function box(one: Record<string, unknown>): ReturnType<Read> {
  const [x, y] = [whole(one['x'], 0, FULL - 1), whole(one['y'], 0, FULL - 1)]
  const [width, height] = [whole(one['width'], 1, FULL - x), whole(one['height'], 1, FULL - y)]
  return { key: [x, y, width, height], made: { height, width, x, y } }
}

function outline(one: Record<string, unknown>): ReturnType<Read> {
  const given = list(one['points'])
  if (given.length < 3 || given.length > MOST_CORNERS) throw new Unfit('corners')
  const points = given.map((each): Point => {
    const pair = list(each)
    if (pair.length !== 2) throw new Unfit('corner')
    return [whole(pair[0], 0, FULL), whole(pair[1], 0, FULL)]
  })
  if (new Set(points.map(String)).size !== points.length) throw new Unfit('corner given twice')
  const least = points.reduce((best, each, n) => (compare(each, points[best]!) < 0 ? n : best), 0)
  const ring = [...points.slice(least), ...points.slice(0, least)]
  const turned = compare(ring[ring.length - 1]!, ring[1]!) < 0 ? [ring[0]!, ...ring.slice(1).reverse()] : ring
  return { key: turned.flat(), made: { points: turned.map((each) => [...each]) } }
}
