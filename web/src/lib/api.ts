/** The HTTP API, v1: the same words as hakari.client. */
import type { Json } from './canonical.ts'
import type { Receipt, Statement } from './statement.ts'
import type { Bytes } from './bytes.ts'

/** The node refused. `code`, `status` and `pointer` are the node's. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly pointer: string | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(message)
  }
  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status === 503 || this.status === 429 || this.status === 507 || this.code === 'raced'
  }
}

/** The node did not answer. Everything here may be sent again. */
export class Unreachable extends Error {}

export interface NodeView {
  readonly name: string
  readonly operator: string
  readonly log: { readonly origin: string; readonly key: string }
  readonly chain: { readonly chain_id: number; readonly profile: string; readonly contracts: Readonly<Record<string, string>> }
  readonly log_size: number
  readonly randomness: string
  readonly public: string
}

export interface OrderView {
  readonly id: string
  readonly status: string
  readonly tasks: number
  readonly wanted: number
  readonly answered: number
  readonly buyer: string
  /** Whether its first tasks alone are given out. */
  readonly calibrating?: boolean
  /** The guideline's versions so far, oldest first. */
  readonly guidelines?: readonly { readonly sha256: string; readonly version: number }[]
  readonly body: {
    readonly title: string
    readonly description: string
    readonly deadline: number
    readonly reward: string
    readonly source: string
    readonly evidence: string
    readonly pool: number
    readonly assignment: string
    readonly guideline: { readonly sha256: string; readonly version: number }
    readonly calibration?: { readonly tasks: number; readonly word_s: number }
    readonly spec: Readonly<Record<string, Json>>
    readonly quality: Readonly<Record<string, Json>>
  }
}

export interface Assigned {
  readonly task: number
  /** Unix seconds: unanswered by then, it goes to somebody else. */
  readonly until?: number
  /** The version of the guideline that it is answered under; pages kept from before have none. */
  readonly guideline?: number
  /** As which it is answered: work, audit, review or jury; pages kept from before have none. */
  readonly role?: string
  readonly public: Readonly<Record<string, Json>>
  readonly data: Readonly<Record<string, Json>>
}

export interface Answered {
  readonly id: string
  readonly receipt: Receipt
}

export type Fetch = (path: string, init: RequestInit) => Promise<Response>

export class Api {
  token: string | null = null

  constructor(
    readonly base = '',
    private readonly fetcher: Fetch = (path, init) => fetch(path, init),
    private readonly seconds = 60,
  ) {}

  get<T>(path: string): Promise<T> {
    return this.send('GET', path).then((answer) => answer.json() as Promise<T>)
  }

  /** Post JSON; `key` is the Idempotency-Key. */
  post<T>(path: string, body: unknown, key?: string): Promise<T> {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' }
    if (key) headers['Idempotency-Key'] = key
    return this.send('POST', path, { body: JSON.stringify(body), headers }).then((answer) => answer.json() as Promise<T>)
  }

  /** A request that is answered by nothing. */
  async empty(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
    await this.send(method, path, body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
  }

  async bytes(path: string): Promise<Bytes> {
    return new Uint8Array(await (await this.send('GET', path)).arrayBuffer())
  }

  async text(path: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(path))
  }

  say(path: string, statement: Statement, more: Record<string, unknown> = {}): Promise<Answered> {
    return this.post<Answered>(path, { statement, ...more })
  }

  node = (): Promise<NodeView> => this.get('/v1/node')
  order = (id: string): Promise<OrderView> => this.get(`/v1/orders/${id}`)

  assignments(order: string, count: number): Promise<Assigned[]> {
    return this.post<{ items: Assigned[] }>(`/v1/orders/${order}/assignments`, { count }).then((page) => page.items)
  }

  /** One call of the chain's JSON-RPC at the node. */
  async rpc<T>(method: string, params: readonly unknown[]): Promise<T> {
    const answer = await this.post<{ result?: T; error?: { message: string } }>('/rpc', { jsonrpc: '2.0', id: 1, method, params })
    if (answer.error) throw new Refused(409, 'chain', answer.error.message)
    return answer.result as T
  }

  /** Any request of the API, answered by its response where that is a good one. */
  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.token) headers.set('Authorization', `Bearer ${this.token}`)
    let answer: Response
    try {
      answer = await this.fetcher(this.base + path, { ...init, method, headers, signal: AbortSignal.timeout(this.seconds * 1000) })
    } catch (error) {
      throw new Unreachable(`${path} did not answer`, { cause: error })
    }
    if (answer.ok) return answer
    const after = Number(answer.headers.get('Retry-After')) || null
    const text = await answer.text().catch(() => '')
    try {
      const problem = (JSON.parse(text) as { error: { code: string; message: string; pointer: string | null } }).error
      throw new Refused(answer.status, problem.code, problem.message, problem.pointer, after)
    } catch (error) {
      if (error instanceof Refused) throw error
      // Not the node's own words: a proxy in between, or another server.
      throw new Refused(answer.status, 'refused', text.slice(0, 200) || `status ${answer.status}`, null, after)
    }
  }
}
