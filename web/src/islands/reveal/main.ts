/**
 * On every page of somebody who is signed in, as long as one is open: answers that are called for are opened without a word, and
 * answers that were given when the workspace was left are sent.
 */
import { Outbox } from '../../lib/outbox.ts'
import { Person } from '../../lib/person.ts'
import { reveal } from '../../lib/reveals.ts'

const EACH_MS = 15_000
/** The workspace sends its own answers and counts them. */
const working = document.querySelector('[data-island="workspace"]') !== null

async function look(): Promise<number> {
  const person = await Person.here()
  const kept = await person.store.all('outbox', 'kept/')
  const unsent = working ? [] : (await person.store.all<{ refused: unknown }>('outbox', 'answer/')).filter((each) => !each.value.refused)
  if (!kept.length && !unsent.length) return EACH_MS
  const session = await person.session(await person.api.node(), 'work')
  if (!session) return EACH_MS
  if (kept.length) await navigator.locks.request('hakari-reveals', () => reveal(person.store, person.api, session, person.now()))
  if (!unsent.length) return EACH_MS
  // One tab at a time sends: two would make two statements of the same answers.
  const round = await navigator.locks.request('hakari-outbox', () => new Outbox(person.store, person.api).round(session))
  return round.again ?? EACH_MS
}

/** What fails now (no net, no key) is tried again; the notices say it to the person. */
const again = (): void => void look().then((ms) => setTimeout(again, ms), () => setTimeout(again, EACH_MS))
again()
