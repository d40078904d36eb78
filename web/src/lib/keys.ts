/** The workspace's single keys: what each is for, and what somebody made of them. Digits belong to answers and stay. */

/** What a key is for, with the key that it usually has; the parts of the workspace know it by that key. */
export const USUAL = {
  cannot_tell: '0',
  undo: 'z',
  skip: 's',
  wrong: 'f',
  guideline: 'g',
  new: 'n',
  larger: '+',
  smaller: '-',
  play: ' ',
  back: 'j',
  on: 'l',
  in: '[',
  out: ']',
} as const

export type Use = keyof typeof USUAL
export type Keys = Readonly<Record<Use, string>>

export const USES = Object.keys(USUAL) as readonly Use[]

/** A key that can't be given: another use has it, or it is none that can be given (a digit of the answers, «?», a key with a name). */
export class KeyTaken extends Error {
  constructor(
    readonly key: string,
    readonly by: Use | null,
  ) {
    super(by ? `the key must be free, ${key} is that of ${by}` : `the key must be one letter or sign besides 1-9 and «?», got ${key}`)
  }
}

/** The keys with another one for a use. Throws KeyTaken. */
export function given(keys: Keys, use: Use, key: string): Keys {
  const wanted = key.toLowerCase()
  if ([...wanted].length !== 1 || /^[1-9?]$/.test(wanted)) throw new KeyTaken(key, null)
  const by = USES.find((each) => each !== use && keys[each] === wanted)
  if (by) throw new KeyTaken(key, by)
  return { ...keys, [use]: wanted }
}

/** The keys as this browser kept them, over the usual ones; what can't be read or given is left out. */
export function read(kept: string | null): Keys {
  let said: unknown
  try {
    said = JSON.parse(kept ?? '{}')
  } catch {
    return USUAL
  }
  const own = Object.entries((said ?? {}) as Record<string, unknown>).filter((each): each is [Use, string] => each[0] in USUAL && typeof each[1] === 'string')
  const keys = { ...USUAL, ...Object.fromEntries(own) } as Keys
  try {
    return USES.reduce((made, use) => given(made, use, keys[use]), keys)
  } catch (error) {
    if (error instanceof KeyTaken) return USUAL
    throw error
  }
}

/** The usual key of what a pressed key is for: itself where it has no use of its own, «» where its use has another key now. */
export function meant(keys: Keys, pressed: string): string {
  const key = pressed.toLowerCase()
  const use = USES.find((each) => keys[each] === key)
  if (use) return USUAL[use]
  // The sign on the same key as +, without Shift.
  if (key === '=' && keys.larger === '+') return '+'
  return USES.some((each) => USUAL[each] === key) ? '' : key
}

/** A key as its cap says it. */
export function cap(key: string): string {
  return key === ' ' ? 'Space' : key === '-' ? '−' : key.toUpperCase()
}
