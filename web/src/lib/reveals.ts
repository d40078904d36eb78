/** Answers committed first: their openings stay on the device until the node calls for them, and go out by themselves then. */
import { Refused, type Api } from './api.ts'
import { say, type SessionKey } from './session.ts'
import type { Opened } from './statement.ts'
import type { Store } from './store.ts'

const PREFIX = 'kept/'

/** The openings of one submission, in the order of its commitments. */
export interface Kept {
  readonly order: string
  readonly answers: readonly Opened[]
}

interface Awaited {
  readonly submission: string
  readonly n: number
  /** Unix seconds: opened before then or not at all; null while nobody called for it. */
  readonly until: number | null
}

export const keptId = (submission: string): string => `${PREFIX}${submission}`

/** Open all that is called for. Returns how many answers were opened. What nobody waits for any more is forgotten. */
export async function reveal(store: Store, api: Api, session: SessionKey, now: number): Promise<number> {
  const kept = await store.all<Kept>('outbox', PREFIX)
  if (!kept.length) return 0
  const { items } = await api.get<{ items: Awaited[] }>(`/v1/accounts/${session.account}/commitments`)
  let opened = 0
  for (const { id, value } of kept) {
    const submission = id.slice(PREFIX.length)
    const own = items.filter((each) => each.submission === submission)
    const n = own.filter((each) => each.until !== null).map((each) => each.n).sort((a, b) => a - b)
    if (n.length) opened += await open(store, api, session, { submission, order: value.order, n, openings: n.map((at) => value.answers[at]!) }, now)
    if (own.length === n.length) await store.delete('outbox', id)
  }
  return opened
}

async function open(
  store: Store,
  api: Api,
  session: SessionKey,
  { submission, order, n, openings }: { submission: string; order: string; n: number[]; openings: Opened[] },
  now: number,
): Promise<number> {
  const statement = await say(session, 'reveal', { n, order, submission }, now)
  try {
    const taken = await api.say('/v1/reveals', statement, { openings })
    // The receipt is the evidence that it was in time.
    await store.put('receipts', taken.id, taken.receipt)
    return n.length
  } catch (error) {
    // Another tab was first, or time was over at this moment: neither comes again.
    if (error instanceof Refused && (error.code === 'not_committed' || error.code === 'late_reveal')) return 0
    throw error
  }
}
