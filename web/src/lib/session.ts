/** The Ed25519 session key: made by WebCrypto, never extractable, kept in IndexedDB. */
import { hex, type Bytes } from './bytes.ts'
import { made, type Statement } from './statement.ts'

export interface SessionKey {
  readonly account: string
  readonly key: string
  readonly pair: CryptoKeyPair
  readonly scopes: string
  readonly log: string
  readonly notBefore: number
  readonly expires: number
}

/** A fresh key pair whose secret no script can read, this one included. Throws where the browser has no Ed25519. */
export async function newPair(): Promise<{ pair: CryptoKeyPair; key: string }> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])) as CryptoKeyPair
  return { pair, key: hex(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))) }
}

export async function signWith(pair: CryptoKeyPair, data: Bytes): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, data))
}

/** A statement of `kind` by this session key at `time` (Unix seconds). */
export function say(session: SessionKey, kind: string, body: Statement['body'], time: number): Promise<Statement> {
  return made(kind, body, { author: session.account, key: session.key, time, sign: (data) => signWith(session.pair, data) })
}
