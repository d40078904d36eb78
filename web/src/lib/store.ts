/** What the browser keeps: one small interface with an IndexedDB and an in-memory twin. */

export type Table = 'keys' | 'drafts' | 'outbox' | 'receipts' | 'seen' | 'settings'
const TABLES: readonly Table[] = ['keys', 'drafts', 'outbox', 'receipts', 'seen', 'settings']

export interface Store {
  get<T>(table: Table, id: string): Promise<T | undefined>
  put(table: Table, id: string, value: unknown): Promise<void>
  /** Put and delete in one transaction: all of it happens or nothing. */
  change(writes: readonly { table: Table; id: string; value?: unknown }[]): Promise<void>
  delete(table: Table, id: string): Promise<void>
  /** All values whose id begins with `prefix`, ascending by id. */
  all<T>(table: Table, prefix?: string): Promise<{ id: string; value: T }[]>
}

export class Memory implements Store {
  private readonly tables = new Map<string, unknown>()

  async get<T>(table: Table, id: string): Promise<T | undefined> {
    return structuredClone(this.tables.get(`${table}\n${id}`)) as T | undefined
  }
  async put(table: Table, id: string, value: unknown): Promise<void> {
    this.tables.set(`${table}\n${id}`, structuredClone(value))
  }
  async change(writes: readonly { table: Table; id: string; value?: unknown }[]): Promise<void> {
    for (const { table, id, value } of writes) {
      if (value === undefined) await this.delete(table, id)
      else await this.put(table, id, value)
    }
  }
  async delete(table: Table, id: string): Promise<void> {
    this.tables.delete(`${table}\n${id}`)
  }
  async all<T>(table: Table, prefix = ''): Promise<{ id: string; value: T }[]> {
    const start = `${table}\n${prefix}`
    return [...this.tables]
      .filter(([key]) => key.startsWith(start))
      .map(([key, value]) => ({ id: key.slice(table.length + 1), value: structuredClone(value) as T }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }
}

export class Indexed implements Store {
  private constructor(private readonly db: IDBDatabase) {}

  static async open(name = 'hakari'): Promise<Indexed> {
    const asked = indexedDB.open(name, 1)
    asked.onupgradeneeded = () => {
      for (const table of TABLES) asked.result.createObjectStore(table)
    }
    return new Indexed(await done(asked))
  }

  get<T>(table: Table, id: string): Promise<T | undefined> {
    return done(this.db.transaction(table).objectStore(table).get(id) as IDBRequest<T | undefined>)
  }
  put(table: Table, id: string, value: unknown): Promise<void> {
    return this.change([{ table, id, value }])
  }
  change(writes: readonly { table: Table; id: string; value?: unknown }[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const made = this.db.transaction([...new Set(writes.map((each) => each.table))], 'readwrite', { durability: 'strict' })
      made.oncomplete = () => resolve()
      made.onerror = made.onabort = () => reject(made.error ?? new Error('the browser did not keep this'))
      for (const { table, id, value } of writes) {
        if (value === undefined) made.objectStore(table).delete(id)
        else made.objectStore(table).put(value, id)
      }
    })
  }
  delete(table: Table, id: string): Promise<void> {
    return this.change([{ table, id }])
  }
  async all<T>(table: Table, prefix = ''): Promise<{ id: string; value: T }[]> {
    const objects = this.db.transaction(table).objectStore(table)
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
    const [ids, values] = await Promise.all([done(objects.getAllKeys(range)), done(objects.getAll(range) as IDBRequest<T[]>)])
    return ids.map((id, n) => ({ id: String(id), value: values[n]! }))
  }
}

function done<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error('the browser did not answer'))
  })
}

let opened: Promise<Store> | undefined

/** The browser's store, opened once. Asks the browser to keep it when space gets short. */
export function store(): Promise<Store> {
  opened ??= Indexed.open()
  return opened
}

export const askToKeep = (): void => void navigator.storage?.persist?.().catch(() => false)
