/** Statements and what they commit to (docs/reference/formats.md §1, §3), and the typed data that an account signs. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { base64url, concat, hex, random, sha256, unhex, utf8, type Bytes } from './bytes.ts'
import { encode, text, type Json } from './canonical.ts'
import type { Typed } from './ethereum.ts'

export interface Statement {
  readonly author: string
  readonly body: { readonly [name: string]: Json }
  readonly key: string
  readonly kind: string
  readonly signature: string
  readonly time: number
  readonly version: 1
}

export interface Opened {
  readonly task: number
  readonly answer: Json
  readonly salt: string
}

export const BATCH = 500
export const LARGEST = 65_535
export const newSalt = (): string => base64url(random(18))

const prefixed = (prefix: string, thing: unknown): Bytes => concat(utf8(prefix), encode(thing))

/** What a session key signs. */
export function signedBytes(said: Omit<Statement, 'signature'>): Bytes {
  const { author, body, key, kind, time, version } = said
  return prefixed('hakari.statement.v1\n', { author, body, key, kind, time, version })
}

export const bytesOf = (said: Statement): Bytes => encode({ ...said })
export const idOf = (said: Statement): string => hex(sha256(bytesOf(said)))

/** The statement that a session key makes; `sign` returns the 64-byte Ed25519 signature. */
export async function made(
  kind: string,
  body: Statement['body'],
  by: { readonly author: string; readonly key: string; readonly time: number; readonly sign: (data: Bytes) => Promise<Uint8Array> },
): Promise<Statement> {
  const unsigned = { author: by.author, body, key: by.key, kind, time: by.time, version: 1 as const }
  const whole = { ...unsigned, signature: hex(await by.sign(signedBytes(unsigned))) }
  const size = bytesOf(whole).length
  if (size > LARGEST) throw new Error(`statement must be at most ${LARGEST} bytes, got ${size}`)
  return whole
}

export const answerCommitment = (opened: Opened): string =>
  hex(sha256(prefixed('hakari.answer.v1\n', { answer: opened.answer, salt: opened.salt, task: opened.task })))

export const itemCommitment = (data: Json, salt: string): string => hex(sha256(prefixed('hakari.item.v1\n', { data, salt })))

export const noteCommitment = (note: string, salt: string): string => hex(sha256(prefixed('hakari.note.v1\n', { note, salt })))

export const rowCommitment = (row: Json): string => hex(sha256(prefixed('hakari.row.v1\n', row)))

/** The body of one submission of 1 to 500 answers; a role is named where it is not work. */
export function submissionBody(order: string, guideline: number, answers: readonly Opened[], role = 'work', first = false): Statement['body'] {
  if (answers.length < 1 || answers.length > BATCH) throw new Error(`a submission must hold 1 to ${BATCH} answers, got ${answers.length}`)
  const body = { commitments: answers.map(answerCommitment), guideline, order }
  const named = role === 'work' ? body : { ...body, role }
  return first ? { ...named, tasks: answers.map((each) => each.task) } : named
}

export interface Receipt {
  readonly include_by: number
  readonly key: string
  readonly log: string
  readonly signature: string
  readonly statement: string
  readonly time: number
}

/** Whether the log key named in the receipt signed it; that the key is the log's own is for the caller. */
export function receiptHolds(receipt: Receipt, key: Uint8Array): boolean {
  const { signature, ...promise } = receipt
  return ed25519Holds(key, prefixed('hakari.receipt.v1\n', promise), signature)
}

/** Whether a session key signed the statement, strictly (RFC 8032, no cofactor, no key of small order). */
export function signatureHolds(said: Statement): boolean {
  return ed25519Holds(unhex(said.key), signedBytes(said), said.signature)
}

/** Strict Ed25519. WebCrypto accepts the identity point as a key, under which one signature fits every message: so not WebCrypto. */
export function ed25519Holds(key: Uint8Array, message: Uint8Array, signature: string | Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(key)
    if (point.isSmallOrder() || !point.isTorsionFree()) return false
    return ed25519.verify(typeof signature === 'string' ? unhex(signature) : signature, message, key, { zip215: false })
  } catch {
    return false
  }
}

const DOMAIN = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
]

export interface DelegationTerms {
  readonly chainId: number
  readonly log: string
  readonly account: string
  readonly sessionKey: string
  readonly scopes: string
  readonly notBefore: number
  readonly expires: number
  readonly nonce: number
}

/** The message by which an account lets a session key sign for it. */
export function delegation(terms: DelegationTerms): Typed {
  return {
    types: {
      EIP712Domain: DOMAIN,
      Delegation: [
        { name: 'account', type: 'address' },
        { name: 'log', type: 'string' },
        { name: 'sessionKey', type: 'bytes32' },
        { name: 'scopes', type: 'string' },
        { name: 'notBefore', type: 'uint64' },
        { name: 'expires', type: 'uint64' },
        { name: 'nonce', type: 'uint256' },
      ],
    },
    primaryType: 'Delegation',
    domain: { name: 'Hakari', version: '1', chainId: terms.chainId },
    message: {
      account: terms.account,
      log: terms.log,
      sessionKey: `0x${terms.sessionKey}`,
      scopes: terms.scopes,
      notBefore: terms.notBefore,
      expires: terms.expires,
      nonce: terms.nonce,
    },
  }
}

/** The message by which an account takes a session key back. */
export function revocation(terms: { chainId: number; log: string; account: string; sessionKey: string; time: number }): Typed {
  return {
    types: {
      EIP712Domain: DOMAIN,
      Revocation: [
        { name: 'account', type: 'address' },
        { name: 'log', type: 'string' },
        { name: 'sessionKey', type: 'bytes32' },
        { name: 'time', type: 'uint64' },
      ],
    },
    primaryType: 'Revocation',
    domain: { name: 'Hakari', version: '1', chainId: terms.chainId },
    message: { account: terms.account, log: terms.log, sessionKey: `0x${terms.sessionKey}`, time: terms.time },
  }
}

/** The delegation statement of these terms, given the account's 65-byte signature (hex). */
export function delegationStatement(terms: DelegationTerms, signature: string): Statement {
  return {
    author: terms.account,
    body: {
      expires: terms.expires,
      log: terms.log,
      nonce: terms.nonce,
      not_before: terms.notBefore,
      scopes: terms.scopes,
      session_key: terms.sessionKey,
    },
    key: 'account',
    kind: 'delegation',
    signature: signature.replace(/^0x/, '').toLowerCase(),
    time: terms.notBefore,
    version: 1,
  }
}

export interface Nonce {
  readonly nonce: string
  readonly domain: string
  readonly uri: string
  readonly chain_id: number
}

/** The EIP-4361 message that signs an account in. `address` carries its EIP-55 checksum; `now` is Unix seconds. */
export function signInMessage(asked: Nonce, address: string, now: number): string {
  const issued = new Date(now * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  return [
    `${asked.domain} wants you to sign in with your Ethereum account:`,
    address,
    '',
    'Sign in to Hakari.',
    '',
    `URI: ${asked.uri}`,
    'Version: 1',
    `Chain ID: ${asked.chain_id}`,
    `Nonce: ${asked.nonce}`,
    `Issued At: ${issued}`,
  ].join('\n')
}

export const digest = (words: string): string => hex(sha256(utf8(words)))
export { text as canonicalText }
