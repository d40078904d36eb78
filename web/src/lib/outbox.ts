/**
 * Answers on their way: kept on the device until the node has them, sent in signed batches, never lost on a reload.
 *
 * An answer waits (and can be undone) until it is put into a batch. A batch is signed once and the same bytes are sent until the
 * node takes or refuses them: the log can't forget, and a repeated statement changes nothing.
 */
import { Refused, Unreachable, type Api } from './api.ts'
import type { Json } from './canonical.ts'
import { keptId, type Kept } from './reveals.ts'
import type { SessionKey } from './session.ts'
import { say } from './session.ts'
import { BATCH, idOf, newSalt, submissionBody, type Opened, type Statement } from './statement.ts'
import type { Store } from './store.ts'

const WORK = 'work'
export const UNDO_MS = 5_000
/** How long answers gather while more keep coming, so that fast work makes few statements. */
export const GATHER_MS = 20_000

export interface Waiting {
  readonly order: string
  readonly guideline: number
  /** What the task was assigned for: «work», or one of those who answer blind. */
  readonly role?: string
  /** Whether it is committed first: its opening stays here until it is called for. */
  readonly first?: boolean
  readonly task: number
  readonly answer: Json
  readonly salt: string
  /** Milliseconds: when it was given. */
  readonly at: number
  readonly reward: string
  /** The batch that holds it, null while it can be undone. */
  readonly batch: string | null
  /** How many answers its next batch may hold: fewer after a refusal that does not say which of them is at fault. */
  readonly share: number
  /** Why the node refused it, null while it is on its way. It is kept for its author to see. */
  readonly refused: { readonly code: string; readonly message: string } | null
}

interface Batch {
  readonly statement: Statement
  readonly answers: readonly Opened[]
}

/** What a round came to. `again`: milliseconds after which to try again, null where nothing waits. */
export interface Round {
  readonly sent: readonly Waiting[]
  readonly refused: readonly Waiting[]
  readonly away: boolean
  readonly again: number | null
}

const answerId = (order: string, task: number): string => `answer/${order}/${String(task).padStart(9, '0')}`

export class Outbox {
  constructor(
    private readonly store: Store,
    private readonly api: Api,
    private readonly clockMs: () => number = Date.now,
  ) {}

  async add(given: Pick<Waiting, 'order' | 'guideline' | 'role' | 'first' | 'task' | 'answer' | 'reward'>): Promise<Waiting> {
    const waiting: Waiting = { ...given, salt: newSalt(), at: this.clockMs(), batch: null, share: BATCH, refused: null }
    await this.store.change([
      { table: 'outbox', id: answerId(given.order, given.task), value: waiting },
      { table: 'drafts', id: `${given.order}/${given.task}` },
    ])
    return waiting
  }

  /** Take an answer back where no batch holds it yet; undefined where it is too late. */
  async undo(order: string, task: number): Promise<Waiting | undefined> {
    const found = await this.store.get<Waiting>('outbox', answerId(order, task))
    if (!found || found.batch !== null) return undefined
    await this.store.delete('outbox', answerId(order, task))
    return found
  }

  async waiting(order?: string): Promise<Waiting[]> {
    return (await this.store.all<Waiting>('outbox', order === undefined ? 'answer/' : `answer/${order}/`)).map((each) => each.value)
  }

  async dismiss(refused: Waiting): Promise<void> {
    await this.store.delete('outbox', answerId(refused.order, refused.task))
  }

  /** Send what can go. `now` sends also what could still be undone: the person leaves or asks for it. */
  async round(session: SessionKey, now = false): Promise<Round> {
    const sent: Waiting[] = []
    const refused: Waiting[] = []
    try {
      for (const { id, value } of await this.store.all<Batch>('outbox', 'batch/')) await this.deliver(id, value, sent, refused)
      for (const ready of this.ready(await this.waiting(), now)) {
        const { id, batch } = await this.pack(session, ready)
        await this.deliver(id, batch, sent, refused)
      }
    } catch (error) {
      const passing = error instanceof Unreachable || (error instanceof Refused && error.passing)
      if (!passing) throw error
      const after = error instanceof Refused ? (error.retryAfter ?? 2) * 1000 : 5_000
      return { sent, refused, away: true, again: after }
    }
    const left = (await this.waiting()).filter((each) => each.batch === null && each.refused === null)
    return { sent, refused, away: false, again: left.length ? Math.max(200, this.due(left) - this.clockMs()) : null }
  }

  /** When the open answers go out: when the newest can't be undone any more, but not long after the oldest can't. */
  private due(open: readonly Waiting[]): number {
    const times = open.map((each) => each.at)
    return Math.min(Math.max(...times) + UNDO_MS, Math.min(...times) + UNDO_MS + GATHER_MS)
  }

  private ready(all: readonly Waiting[], now: boolean): Waiting[][] {
    const open = all.filter((each) => each.batch === null && each.refused === null)
    if (!open.length || (!now && this.clockMs() < this.due(open))) return []
    const gone = open.filter((each) => now || this.clockMs() >= each.at + UNDO_MS)
    const groups = new Map<string, Waiting[]>()
    for (const each of gone) {
      const key = `${each.order}/${each.guideline}/${each.role ?? WORK}/${each.first ?? false}`
      groups.set(key, [...(groups.get(key) ?? []), each])
    }
    return [...groups.values()].flatMap((group) => {
      const share = Math.min(...group.map((each) => each.share))
      return Array.from({ length: Math.ceil(group.length / share) }, (_, n) => group.slice(n * share, (n + 1) * share))
    })
  }

  private async pack(session: SessionKey, group: readonly Waiting[]): Promise<{ id: string; batch: Batch }> {
    const answers = group.map(({ task, answer, salt }) => ({ task, answer, salt }))
    const first = group[0]!
    const body = submissionBody(first.order, first.guideline, answers, first.role ?? WORK, first.first ?? false)
    const statement = await say(session, 'submission', body, Math.floor(this.clockMs() / 1000))
    const id = `batch/${idOf(statement)}`
    // The batch and its answers' mark stand together or not at all: a reload in between must not send an answer twice.
    await this.store.change([
      { table: 'outbox', id, value: { statement, answers } satisfies Batch },
      ...group.map((each) => ({ table: 'outbox' as const, id: answerId(each.order, each.task), value: { ...each, batch: id } })),
    ])
    return { id, batch: { statement, answers } }
  }

  private async deliver(id: string, batch: Batch, sent: Waiting[], refused: Waiting[]): Promise<void> {
    const order = String(batch.statement.body['order'])
    const own = (await this.waiting(order)).filter((each) => each.batch === id)
    try {
      const committed = batch.statement.body['tasks'] !== undefined
      const taken = await this.api.say('/v1/submissions', batch.statement, committed ? {} : { answers: batch.answers })
      await this.store.change([
        ...(committed ? [{ table: 'outbox' as const, id: keptId(taken.id), value: { order, answers: batch.answers } satisfies Kept }] : []),
        { table: 'outbox', id },
        ...own.map((each) => ({ table: 'outbox' as const, id: answerId(order, each.task) })),
        { table: 'receipts', id: taken.id, value: taken.receipt },
      ])
      sent.push(...own)
    } catch (error) {
      if (!(error instanceof Refused) || error.passing) throw error
      const changed = own.map((each) => after(each, batch, error))
      await this.store.change([{ table: 'outbox', id }, ...changed.map((each) => ({ table: 'outbox' as const, id: answerId(order, each.task), value: each }))])
      refused.push(...changed.filter((each) => each.refused !== null))
      if (OF_THE_KEY.has(error.code)) throw error
    }
  }
}

/** Refusals of the key or the clock, not of an answer: the answers wait for a key that is good. */
const OF_THE_KEY = new Set(['early_key', 'early_statement', 'expired_key', 'revoked_key', 'unknown_key', 'wrong_scope'])
/** Refusals of single answers that name no place in the batch. */
const OF_SOME = new Set(['already_answered', 'not_assigned', 'over_budget', 'task_full'])

/** What becomes of one answer of a batch that was refused. */
function after(each: Waiting, batch: Batch, error: Refused): Waiting {
  if (OF_THE_KEY.has(error.code)) return { ...each, batch: null }
  const place = /^\/(?:answers|statement\/body\/(?:commitments|tasks))\/(\d+)(?:\/|$)/.exec(error.pointer ?? '')
  const bad = place ? batch.answers[Number(place[1])]?.task : undefined
  if (bad !== undefined && bad !== each.task) return { ...each, batch: null }
  if (bad === undefined && OF_SOME.has(error.code) && batch.answers.length > 1) return { ...each, batch: null, share: Math.ceil(batch.answers.length / 2) }
  return { ...each, refused: { code: error.code, message: error.message } }
}
