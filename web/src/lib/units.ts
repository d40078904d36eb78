/** Units of data that somebody offers: their type, what is declared of them, what the node found, and handing them in. */
import { Refused, type Assigned, type NodeView } from './api.ts'
import type { Json } from './canonical.ts'
import type { Person } from './person.ts'
import { say } from './session.ts'
import { BATCH, newSalt, submissionBody } from './statement.ts'
import { upload, type Uploaded } from './tus.ts'

const ENDINGS: Readonly<Record<string, string>> = {
  csv: 'text/csv', flac: 'audio/flac', gif: 'image/gif', jpeg: 'image/jpeg', jpg: 'image/jpeg', jsonl: 'application/jsonl', md: 'text/markdown',
  mp3: 'audio/mpeg', ndjson: 'application/jsonl', ogg: 'audio/ogg', parquet: 'application/vnd.apache.parquet', pdf: 'application/pdf',
  png: 'image/png', tar: 'application/x-tar', txt: 'text/plain', wav: 'audio/wav', webp: 'image/webp', zip: 'application/zip',
}
const SOURCES = ['c', 'cc', 'cpp', 'cs', 'css', 'go', 'h', 'hs', 'java', 'jl', 'js', 'kt', 'lua', 'php', 'pl', 'py', 'r', 'rb', 'rs', 'scala', 'sh', 'sql', 'swift', 'ts', 'vy', 'yaml']

/** The type of a file by its name, or null where no request takes such files. */
export function typeOf(name: string): string | null {
  const ending = name.toLowerCase().split('.').pop() ?? ''
  return ENDINGS[ending] ?? (SOURCES.includes(ending) ? 'text/x-source' : null)
}

/** One unit in hand. `sent` bytes are at the node; `answer` is what is signed; `why` is a refusal, `verdict` what it would be judged now. */
export interface Unit {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly data: Blob
  readonly text: string | null
  sent: number
  upload: Uploaded | null
  answer: Json | null
  masked: readonly (readonly [string, number, number])[]
  why: { readonly code: string; readonly message: string } | null
  verdict: string | null
}

let next = 0
export const unitOf = (name: string, type: string, data: Blob, text: string | null = null): Unit => ({
  id: next++, name, type, data, text, sent: 0, upload: null, answer: null, masked: [], why: null, verdict: null,
})

/** What somebody declares of units, in their language or none. */
export interface Declared {
  readonly language: string
  readonly made: string
  readonly rights: readonly string[]
  readonly tools: string
}

interface Checked {
  readonly answer: Json | null
  readonly masked: readonly (readonly [string, number, number])[]
  readonly refused: { readonly code: string; readonly message: string } | null
  readonly verdict: string | null
}

/** Send a file's bytes, or go on where an earlier visit stopped. The unit then has its `upload`, or `why` it was refused. */
export async function sendUnit(person: Person, unit: Unit, changed: () => void): Promise<void> {
  const key = `upload/${unit.name}/${unit.data.size}/${unit.data instanceof File ? unit.data.lastModified : 0}`
  try {
    unit.upload = await upload(person.api, unit.data, {
      type: unit.type,
      name: unit.name,
      begun: await person.store.get<string>('settings', key),
      keep: (id) => person.store.put('settings', key, id),
      tell: (sent) => { unit.sent = sent; changed() },
    })
    unit.why = unit.upload.refused
  } catch (error) {
    if (!(error instanceof Refused) || error.passing) throw error
    unit.why = error
  }
  await person.store.delete('settings', key)
  changed()
}

/** Have units checked against an order, 500 at once: each gets its answer and verdict, or why it is refused. */
export async function checkUnits(person: Person, order: string, units: readonly Unit[], declared: Declared): Promise<void> {
  for (let at = 0; at < units.length; at += BATCH) {
    const some = units.slice(at, at + BATCH)
    const asked = some.map((each) => ({
      ...declared,
      language: each.type.startsWith('text/') || each.type === 'application/jsonl' ? declared.language : '',
      ...(each.text === null ? { upload: each.upload!.id } : { text: each.text, type: each.type }),
    }))
    const found = (await person.api.post<{ items: Checked[] }>(`/v1/orders/${order}/checks`, { units: asked })).items
    some.forEach((unit, n) => {
      const { answer, masked, refused, verdict } = found[n]!
      Object.assign(unit, { answer, masked, why: refused, verdict })
    })
  }
}

/** Hand in checked units, 500 under one signature; returns how many were taken: fewer where nothing more is wanted. */
export async function handIn(person: Person, node: NodeView, order: string, answers: readonly Json[]): Promise<number> {
  const session = await person.ready(node, 'work')
  let taken = 0
  for (let tries = 0; taken < answers.length && tries < 10;) {
    const rest = answers.slice(taken, taken + BATCH)
    const places: Assigned[] = await person.api.assignments(order, rest.length)
    if (!places.length) break
    const opened = places.slice(0, rest.length).map((place, n) => ({ task: place.task, answer: rest[n]!, salt: newSalt() }))
    const statement = await say(session, 'submission', submissionBody(order, 1, opened), person.now())
    try {
      const sent = await person.api.say('/v1/submissions', statement, { answers: opened })
      await person.store.put('receipts', sent.id, sent.receipt)
      taken += opened.length
    } catch (error) {
      // Somebody else took one of the places first: others are asked for.
      if (!(error instanceof Refused) || error.code !== 'task_full') throw error
      tries++
    }
  }
  return taken
}
