/** Errors as sentences for people: what happened, what was kept, what to do. */
import { Refused, Unreachable } from '../lib/api.ts'
import { Lie } from '../lib/log/note.ts'
import { NobodyHere } from '../lib/person.ts'
import { Cancelled, NoSecret, WrongPassphrase } from '../lib/vault.ts'
import type { Words } from '../lib/words.ts'

export interface Problem {
  readonly said: string
  readonly detail: string | null
}

export function problemOf(t: Words, error: unknown): Problem {
  if (error instanceof Unreachable) return { said: t('away'), detail: null }
  if (error instanceof Cancelled) return { said: t('cancelled'), detail: null }
  if (error instanceof NoSecret) return { said: t('no_secret'), detail: null }
  if (error instanceof WrongPassphrase) return { said: t('wrong_passphrase'), detail: null }
  if (error instanceof NobodyHere) return { said: t('nobody'), detail: error.message }
  if (error instanceof Lie) return { said: t('mismatch', { what: error.what }), detail: t('expected_got', { expected: error.expected, got: error.got }) }
  if (error instanceof Refused) return { said: t('refused'), detail: `${error.message} (${error.code})` }
  // EIP-1193: 4001 is the person's no.
  if ((error as { code?: number } | null)?.code === 4001) return { said: t('cancelled'), detail: null }
  return { said: t('broken'), detail: error instanceof Error ? error.message : String(error) }
}
