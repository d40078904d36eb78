/** What is on the desk: the order, the task in hand, what is said to it, and what is on its way. The page only shows it. */
import { tick } from 'svelte'
import { Refused, Unreachable, type Assigned, type NodeView, type OrderView } from '../../lib/api.ts'
import type { Json } from '../../lib/canonical.ts'
import { CANNOT_TELL, chosen, complete, put, rank, read, Unreadable, type Config, type Control, type Marking } from '../../lib/label/config.ts'
import { show } from '../../lib/money.ts'
import { Outbox, UNDO_MS, type Waiting } from '../../lib/outbox.ts'
import { Person } from '../../lib/person.ts'
import { say, type SessionKey } from '../../lib/session.ts'
import { changes, type Change } from '../../lib/changes.ts'
import { digest, newSalt, noteCommitment } from '../../lib/statement.ts'
import type { Words } from '../../lib/words.ts'
import { problemOf, type Problem } from '../../ui/problem.ts'
import { Marks } from './parts/marks.svelte.ts'

export type Answer = Readonly<Record<string, Json>>
export type Side = 'left' | 'right'

const AHEAD = 40
const SERVICE_S = 90 * 86_400
/** Who answers follows from where the order stands, where the task itself does not say it: others answer blind. */
const ROLES: Readonly<Record<string, string>> = { auditing: 'audit', jury: 'jury' }

/** Where an order's quality names what a role is paid. */
const PAID: Readonly<Record<string, string>> = { audit: 'audits', review: 'reviews', jury: 'appeals' }

interface ServiceBody {
  readonly pool: number
  readonly roles: readonly string[]
  readonly until: number
}

interface Page {
  readonly items: readonly { readonly statement: { readonly body: ServiceBody } }[]
  readonly next: number | null
}

export class Desk {
  found = $state.raw<OrderView | null>(null)
  /** The guideline's texts, by version. */
  texts: Readonly<Record<number, string>> = $state.raw({})
  /** The version whose changes were looked at. */
  noticed = $state(0)
  /** The task of the calibration that was answered last, until something was remarked on it or not; null where none. */
  remarkable = $state<number | null>(null)
  tasks: readonly Assigned[] = $state.raw([])
  answer: Answer = $state.raw({})
  problem = $state<Problem | null>(null)
  pending = $state.raw<Waiting | null>(null)
  left = $state(0)
  toast = $state('')
  sent = $state(0)
  queued = $state(0)
  away = $state(false)
  refused: readonly Waiting[] = $state.raw([])
  phase = $state<'loading' | 'nobody' | 'work' | 'empty' | 'summary'>('loading')
  side = $state<Side>('left')
  seenSides: readonly Side[] = $state.raw([])
  marks: readonly Marks[] = $state.raw([])
  /** Counts the tasks shown, so that what belongs to one of them begins anew with the next. */
  turns = $state(0)

  private person!: Person
  private node: NodeView | undefined
  private session: SessionKey | undefined
  private outbox!: Outbox
  private timer: ReturnType<typeof setTimeout> | undefined
  private acted = $state('')
  private skipped = new Set<number>()
  private readonly began = Date.now()

  constructor(
    readonly t: Words,
    readonly order: string,
    readonly unit: string,
    private readonly wide: () => boolean,
    private readonly shown: () => void,
  ) {}

  task = $derived(this.tasks[0])
  config = $derived.by((): Config | null => {
    if (!this.task || !this.found) return null
    if (this.found.body.source === 'rank') return rank(this.task.data, this.t('work.better'), this.t('work.tie'))
    try {
      return read(String(this.found.body.spec['config'] ?? ''), this.task.data)
    } catch (error) {
      if (error instanceof Unreadable) return null
      throw error
    }
  })
  /** The version of the guideline that the task in hand is answered under. */
  version = $derived(this.task?.guideline ?? this.found?.body.guideline.version ?? 1)
  guideline = $derived(this.texts[this.version] ?? null)
  /** What changed in the guideline since the order began, null where nothing did. */
  changed = $derived.by((): readonly Change[] | null => {
    const [before, after] = [this.texts[this.found?.body.guideline.version ?? 1], this.guideline]
    return before === undefined || after === null || before === after ? null : changes(before, after)
  })
  /** Whether the order's first tasks alone are given out. */
  calibrating = $derived(this.found?.calibrating ?? false)
  pair = $derived.by((): [string, string] | null => {
    if (this.found?.body.source === 'rank') return ['left', 'right']
    const asked = this.config?.controls.find((each) => each.kind === 'pairwise')
    return asked?.kind === 'pairwise' ? [asked.left, asked.right] : null
  })
  // Votes unlock after both were seen; where both stand side by side they are.
  /** Whether one task makes way for the next: what is pressed now was meant for neither. */
  turning = $state(false)
  seenBoth = $derived.by(() => !this.pair || this.wide() || this.seenSides.length === 2)
  unlocked = $derived(this.seenBoth && !this.turning)
  ready = $derived(this.config !== null && this.unlocked && complete(this.config, this.answer))
  progress = $derived(this.sent + this.queued)
  /** The role of the task in hand; of the last one answered, where none is. */
  role = $derived(this.task?.role ?? (this.acted || (ROLES[this.found?.status ?? ''] ?? 'work')))
  /** Seconds to open an answer once it is called for, 0 where answers are not committed first. */
  first = $derived.by((): number => {
    const asked = this.found?.body.quality['reveal'] as { roles?: string[]; within_s?: number } | undefined
    return asked?.roles?.includes(this.role) ? (asked.within_s ?? 0) : 0
  })
  /** Micro-units for each answer: what the order names for the role. */
  pay = $derived.by((): bigint => {
    const body = this.found?.body
    const named = body?.quality[PAID[this.role] ?? ''] as { reward?: string } | undefined
    return BigInt(named?.reward ?? body?.reward ?? 0)
  })
  reward = $derived(this.found ? show(this.pay, 3) : '')
  canTell = $derived(this.found?.body.source === 'label')
  /** Micro-units that all answers sent here come to, each in its role. */
  reserved = $state(0n)

  start(): () => void {
    void this.begin()
    const awake = (): void => void this.flush()
    const hidden = (): void => {
      if (document.visibilityState === 'hidden') void this.flush(true)
    }
    addEventListener('online', awake)
    document.addEventListener('visibilitychange', hidden)
    const clock = setInterval(() => {
      this.left = this.pending ? Math.max(0, Math.ceil((this.pending.at + UNDO_MS - Date.now()) / 1000)) : 0
      if (this.pending && this.left === 0) this.pending = null
    }, 250)
    return () => {
      removeEventListener('online', awake)
      document.removeEventListener('visibilitychange', hidden)
      clearInterval(clock)
      clearTimeout(this.timer)
    }
  }

  private async begin(): Promise<void> {
    try {
      this.person = await Person.here()
      this.outbox = new Outbox(this.person.store, this.person.api)
      if (!(await this.person.account())) {
        this.phase = 'nobody'
        return
      }
      this.node = await this.person.api.node()
      await this.learn()
      this.session = await this.person.session(this.node, 'work')
      if (!this.session || !(await this.person.signedIn())) {
        this.phase = 'nobody'
        return
      }
      await this.more()
      await this.flush()
    } catch (error) {
      this.away = error instanceof Unreachable
      if (!this.away) this.problem = problemOf(this.t, error)
      await this.offline(error)
    }
  }

  /** Read the order as it stands, and the texts of its guideline that are not here yet. */
  private async learn(): Promise<void> {
    this.found = await this.person.api.order(this.order)
    for (const { sha256, version } of this.found.guidelines ?? [this.found.body.guideline]) {
      if (this.texts[version] !== undefined) continue
      void this.person.api.text(`/public/evidence/${sha256}`).then(
        (text) => {
          if (digest(text) === sha256) this.texts = { ...this.texts, [version]: text }
        },
        () => {},
      )
    }
  }

  /** Open the key for this browser's session, where somebody is known here. */
  async open(): Promise<void> {
    this.problem = null
    try {
      this.session = await this.person.ready((this.node ??= await this.person.api.node()), 'work')
      this.phase = 'loading'
      await this.begin()
    } catch (error) {
      this.problem = problemOf(this.t, error)
    }
  }

  /** The net was gone when the page was loaded: go on with what is on the device. */
  private async offline(why: unknown): Promise<void> {
    const kept = await this.person.store.get<{ found: OrderView; tasks: Assigned[] }>('seen', `work/${this.order}`)
    if (!kept) {
      this.problem = problemOf(this.t, why)
      return
    }
    this.found = kept.found
    await this.take(kept.tasks)
  }

  private async more(): Promise<void> {
    try {
      const given = await this.person.api.assignments(this.order, AHEAD)
      // A version that was said since the page was loaded: its text is shown before its tasks are answered.
      if (!given.length || given.some((each) => each.guideline !== undefined && this.texts[each.guideline] === undefined)) await this.learn()
      await this.person.store.put('seen', `work/${this.order}`, { found: this.found, tasks: given })
      await this.take(given)
    } catch (error) {
      if (error instanceof Refused && error.code === 'order_closed') this.phase = 'empty'
      else throw error
    }
  }

  private async take(given: readonly Assigned[]): Promise<void> {
    const gone = new Set((await this.count()).map((each) => each.task))
    this.skipped = new Set((await this.person.store.get<number[]>('seen', `skipped/${this.order}`)) ?? [])
    this.tasks = given.filter((each) => !gone.has(each.task) && !this.skipped.has(each.task) && !this.lapsed(each))
    // Whoever stopped while the tasks were on their way stays stopped.
    if (this.phase !== 'summary') await this.turn()
  }

  private lapsed(task: Assigned): boolean {
    return task.until !== undefined && task.until <= this.person.now()
  }

  private async count(): Promise<readonly Waiting[]> {
    const waiting = await this.outbox.waiting(this.order)
    this.queued = waiting.filter((each) => !each.refused).length
    this.refused = waiting.filter((each) => each.refused)
    return waiting
  }

  async turn(back?: Answer): Promise<void> {
    if (this.tasks.some((each) => this.lapsed(each))) this.tasks = this.tasks.filter((each) => !this.lapsed(each))
    this.phase = this.tasks.length ? 'work' : 'empty'
    const draft = this.task && (await this.person.store.get<Answer>('drafts', `${this.order}/${this.task.task}`))
    this.answer = back ?? draft ?? {}
    const bounds = (this.task?.public['bounds'] ?? {}) as Readonly<Record<string, Json>>
    const marking = (this.config?.controls ?? []).filter((each): each is Marking => each.kind === 'spans' || each.kind === 'sounds' || each.kind === 'boxes' || each.kind === 'outlines')
    this.marks = marking.map((each) => new Marks(each, bounds[each.name], (value) => this.say(each, value), this.answer[each.name]))
    this.turns += 1
    // Which side is shown first is drawn for each task, so that no side gains from being first.
    this.side = crypto.getRandomValues(new Uint8Array(1))[0]! & 1 ? 'left' : 'right'
    this.seenSides = [this.side]
    await tick()
    this.shown()
  }

  /** A class pressed. */
  pick(control: Control, value: string | number): void {
    if (!this.config || !this.unlocked) return
    this.keep(chosen(this.config, this.answer, control, value))
  }

  /** A value said, undefined to take it back. */
  say(control: Control, value: Json | undefined): void {
    if (this.config && !this.turning) this.keep(put(this.config, this.answer, control, value))
  }

  private keep(answer: Answer): void {
    this.answer = answer
    if (this.task) void this.person.store.put('drafts', `${this.order}/${this.task.task}`, answer)
  }

  async send(): Promise<void> {
    if (this.ready) await this.give(this.answer)
  }

  async cannotTell(): Promise<void> {
    if (this.canTell && !this.turning) await this.give(CANNOT_TELL)
  }

  private async give(answer: Answer): Promise<void> {
    if (!this.task || !this.found) return
    const given = this.task
    this.acted = this.role
    const [reward, guideline] = [String(this.pay), this.version]
    this.turning = true
    try {
      this.remarkable = this.calibrating && given.task < (this.found.body.calibration?.tasks ?? 0) ? given.task : null
      this.pending = await this.outbox.add({ order: this.order, guideline, role: this.role, first: this.first > 0, task: given.task, answer, reward })
      this.left = UNDO_MS / 1000
      this.queued += 1
      this.toast = ''
      this.tasks = this.tasks.filter((each) => each.task !== given.task)
      await this.turn()
    } finally {
      this.turning = false
    }
    this.later(UNDO_MS)
    if (this.tasks.length === 0) void this.more().catch(() => {})
  }

  /** Tell the buyer what the guideline left open in the task answered last. The answer goes first: a remark is for who answered. */
  async remark(words: string): Promise<void> {
    if (this.remarkable === null || !this.session) return
    const task = this.remarkable
    this.problem = null
    try {
      await this.flush(true)
      this.pending = null
      const salt = newSalt()
      const body = { note: noteCommitment(words, salt), order: this.order, task }
      const sent = await this.person.api.say('/v1/remarks', await say(this.session, 'remark', body, this.person.now()), { note: words, salt })
      await this.person.store.put('receipts', sent.id, sent.receipt)
      this.remarkable = null
      this.toast = this.t('work.remark_sent')
    } catch (error) {
      this.problem = problemOf(this.t, error)
    }
  }

  async undo(): Promise<void> {
    if (!this.pending) return
    const task = this.pending.task
    const back = await this.outbox.undo(this.order, task)
    const given = await this.person.store.get<{ tasks: Assigned[] }>('seen', `work/${this.order}`)
    const again = given?.tasks.find((each) => each.task === task)
    this.pending = null
    this.remarkable = null
    if (!back || !again) return
    this.queued -= 1
    const said = back.answer as Answer
    await this.person.store.put('drafts', `${this.order}/${task}`, said['cannot_tell'] ? {} : said)
    this.tasks = [again, ...this.tasks]
    await this.turn(said['cannot_tell'] ? {} : said)
  }

  async skip(): Promise<void> {
    if (!this.task) return
    this.skipped.add(this.task.task)
    await this.person.store.put('seen', `skipped/${this.order}`, [...this.skipped])
    this.tasks = this.tasks.slice(1)
    await this.turn()
  }

  /** The roles in which the order asks for people who answer blind. */
  roles = $derived(Object.keys(PAID).filter((role) => this.found?.body.quality[PAID[role]!] !== undefined))
  serving = $state(0)

  /** Let the account be drawn, in the roles that the order asks for, in the order's pool. */
  async serve(): Promise<void> {
    if (!this.found || !this.session) return
    try {
      const until = this.person.now() + SERVICE_S
      // The newest service of a pool holds: what was offered before is offered again, or it would be taken back.
      const before = await this.offered(this.found.body.pool, this.session.account)
      const body = { pool: this.found.body.pool, roles: [...new Set([...before, ...this.roles])].sort(), until }
      await this.person.api.say('/v1/services', await say(this.session, 'service', body, this.person.now()))
      this.serving = until
    } catch (error) {
      this.problem = problemOf(this.t, error)
    }
  }

  /** The roles in which an account lets itself be drawn in a pool now. */
  private async offered(pool: number, account: string): Promise<readonly string[]> {
    let newest: ServiceBody | null = null
    let cursor: number | null = 0
    while (cursor !== null) {
      const page: Page = await this.person.api.get(`/v1/statements?kind=service&author=${account}&limit=200&cursor=${cursor}`)
      for (const each of page.items) if (each.statement.body.pool === pool) newest = each.statement.body
      cursor = page.next
    }
    return newest !== null && newest.until > this.person.now() ? newest.roles : []
  }

  async noted(refused: Waiting): Promise<void> {
    await this.outbox.dismiss(refused)
    this.refused = this.refused.filter((each) => each.task !== refused.task)
  }

  private later(ms: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), ms)
  }

  async flush(now = false): Promise<void> {
    if (!this.session || !this.outbox) return
    const by = this.session
    // One tab at a time sends: two would make two statements of the same answers.
    await navigator.locks.request('hakari-outbox', async () => {
      try {
        const round = await this.outbox.round(by, now)
        this.away = round.away
        const own = round.sent.filter((each) => each.order === this.order)
        const amount = own.reduce((sum, each) => sum + BigInt(each.reward), 0n)
        this.sent += own.length
        this.reserved += amount
        if (own.length) this.toast = this.t('s5_sent', { amount: show(amount, 3), unit: this.unit })
        await this.count()
        if (round.again !== null) this.later(round.again)
      } catch (error) {
        this.problem = problemOf(this.t, error)
        if (error instanceof Refused && error.code.endsWith('_key')) this.phase = 'nobody'
      }
    })
  }

  async stop(): Promise<void> {
    await this.flush(true)
    this.pending = null
    this.phase = 'summary'
  }

  look(at: Side): void {
    this.side = at
    if (!this.seenSides.includes(at)) this.seenSides = [...this.seenSides, at]
  }

  taken(control: Control, value: string | number): boolean {
    const held = this.answer[control.name]
    return Array.isArray(held) ? held.includes(String(value)) : held === value
  }

  minutes(): number {
    return Math.max(1, Math.round((Date.now() - this.began) / 60_000))
  }
}
