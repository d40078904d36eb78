/** The account's own key: random, kept only wrapped. A wrap is a passkey's PRF output, this device, or a recovery file. */
import { base64, base64url, random, unbase64, utf8, type Bytes } from './bytes.ts'
import { addressOf } from './ethereum.ts'

export type Wrap =
  | { readonly kind: 'passkey'; readonly credential: Bytes; readonly salt: Bytes; readonly iv: Bytes; readonly sealed: Bytes }
  | { readonly kind: 'device'; readonly key: CryptoKey; readonly iv: Bytes; readonly sealed: Bytes }

/** The browser or the person said no; nothing was made. */
export class Cancelled extends Error {}
/** This passkey gives no secret (no PRF): another way in is needed. */
export class NoSecret extends Error {}
export class WrongPassphrase extends Error {}

const GCM = 'AES-GCM'
/** How long the device's own dialog may stand; some browsers wait for ever otherwise. */
const PATIENCE_MS = 120_000

async function seal(key: CryptoKey, secret: Bytes, account: string): Promise<{ iv: Bytes; sealed: Bytes }> {
  const iv = random(12)
  const data = await crypto.subtle.encrypt({ name: GCM, iv, additionalData: utf8(account) }, key, secret)
  return { iv, sealed: new Uint8Array(data) }
}

async function open(key: CryptoKey, box: { iv: Bytes; sealed: Bytes }, account: string): Promise<Bytes> {
  const data = await crypto.subtle.decrypt({ name: GCM, iv: box.iv, additionalData: utf8(account) }, key, box.sealed)
  const secret = new Uint8Array(data)
  if (addressOf(secret) !== account) throw new Error('the kept key is another account’s')
  return secret
}

/** Whether this page may ask for a passkey at all: a secure page under a name (an IP address can't own passkeys). */
export function passkeysPossible(where: { isSecureContext: boolean; hostname: string; PublicKeyCredential?: unknown }): boolean {
  const numeric = /^[\d.]+$|:/.test(where.hostname)
  return where.isSecureContext && !numeric && typeof where.PublicKeyCredential === 'function'
}

/** Wrap the secret by a new passkey. Throws Cancelled, or NoSecret where its PRF gives no result. */
export async function passkeyWrap(secret: Bytes, account: string, name: string): Promise<Wrap> {
  const salt = random(32)
  const made = (await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { name: 'Hakari' },
        user: { id: random(16), name, displayName: name },
        challenge: random(32),
        timeout: PATIENCE_MS,
        pubKeyCredParams: [
          { type: 'public-key', alg: -8 },
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -257 },
        ],
        // The same at create and get, or the PRF gives other bytes.
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        // Some authenticators only say that they have a PRF when it is evaluated at create.
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  )) as PublicKeyCredential
  const credential = new Uint8Array(made.rawId)
  // Only a real result counts: «enabled» has been seen without one, and a result without «enabled».
  const output = result(made) ?? (await passkeyOutput(credential, salt))
  return { kind: 'passkey', credential, salt, ...(await seal(await fromOutput(output), secret, account)) }
}

async function passkeyOutput(credential: Bytes, salt: Bytes): Promise<Bytes> {
  const got = (await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: random(32),
        timeout: PATIENCE_MS,
        allowCredentials: [{ type: 'public-key', id: credential }],
        userVerification: 'required',
        extensions: { prf: { evalByCredential: { [base64url(credential)]: { first: salt } } } },
      },
    }),
  )) as PublicKeyCredential
  const output = result(got)
  if (!output) throw new NoSecret('this passkey gives no secret')
  return output
}

async function asked(ask: () => Promise<Credential | null>): Promise<Credential> {
  try {
    const found = await ask()
    if (!found) throw new Cancelled('nothing was chosen')
    return found
  } catch (error) {
    if (error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)) throw new Cancelled(error.message)
    if (error instanceof DOMException) throw new NoSecret(error.message)
    throw error
  }
}

function result(credential: PublicKeyCredential): Bytes | null {
  const first = credential.getClientExtensionResults().prf?.results?.first
  if (!first) return null
  const data = ArrayBuffer.isView(first) ? new Uint8Array(first.buffer.slice(first.byteOffset, first.byteOffset + first.byteLength) as ArrayBuffer) : new Uint8Array(first)
  return data.length === 32 ? data : null
}

/** The wrapping key. Never the PRF output itself: HKDF separates it from every other use of the same passkey. */
async function fromOutput(output: Bytes): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', output, 'HKDF', false, ['deriveKey'])
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8('hakari.account.wrap.v1') }
  return crypto.subtle.deriveKey(parameters, base, { name: GCM, length: 256 }, false, ['encrypt', 'decrypt'])
}

/** Wrap the secret by a key that this browser keeps and never shows: convenience, not a backup. */
export async function deviceWrap(secret: Bytes, account: string): Promise<Wrap> {
  const key = await crypto.subtle.generateKey({ name: GCM, length: 256 }, false, ['encrypt', 'decrypt'])
  return { kind: 'device', key, ...(await seal(key, secret, account)) }
}

/** The secret of one wrap. Throws Cancelled or NoSecret. */
export async function unwrap(wrap: Wrap, account: string): Promise<Bytes> {
  const key = wrap.kind === 'device' ? wrap.key : await fromOutput(await passkeyOutput(wrap.credential, wrap.salt))
  return open(key, wrap, account)
}

export const ROUNDS = 600_000
export const SHORTEST_PASSPHRASE = 12

interface RecoveryFile {
  readonly hakari_recovery: 1
  readonly account: string
  readonly kdf: 'PBKDF2-SHA-256'
  readonly rounds: number
  readonly salt: string
  readonly iv: string
  readonly sealed: string
}

/** The text of a recovery file that the passphrase opens. */
export async function recoveryFile(secret: Bytes, account: string, passphrase: string): Promise<string> {
  if ([...passphrase].length < SHORTEST_PASSPHRASE) throw new WrongPassphrase('too short')
  const salt = random(16)
  const { iv, sealed } = await seal(await fromPassphrase(passphrase, salt, ROUNDS), secret, account)
  const file: RecoveryFile = { hakari_recovery: 1, account, kdf: 'PBKDF2-SHA-256', rounds: ROUNDS, salt: base64(salt), iv: base64(iv), sealed: base64(sealed) }
  return JSON.stringify(file, null, 1) + '\n'
}

/** The account and secret of a recovery file. Throws WrongPassphrase, or Error for another file. */
export async function recovered(text: string, passphrase: string): Promise<{ account: string; secret: Bytes }> {
  const file = JSON.parse(text) as RecoveryFile
  const known = file.hakari_recovery === 1 && file.kdf === 'PBKDF2-SHA-256' && /^0x[0-9a-f]{40}$/.test(file.account)
  if (!known || !Number.isInteger(file.rounds) || file.rounds < 100_000 || file.rounds > 10_000_000) throw new Error('not a recovery file of this version')
  const key = await fromPassphrase(passphrase, unbase64(file.salt), file.rounds)
  try {
    return { account: file.account, secret: await open(key, { iv: unbase64(file.iv), sealed: unbase64(file.sealed) }, file.account) }
  } catch {
    throw new WrongPassphrase('the passphrase does not open this file')
  }
}

async function fromPassphrase(passphrase: string, salt: Bytes, rounds: number): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', utf8(passphrase.normalize('NFKC')), 'PBKDF2', false, ['deriveKey'])
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }, base, { name: GCM, length: 256 }, false, ['encrypt', 'decrypt'])
}
