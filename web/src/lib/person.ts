/** Who is at this browser: the kept account, its session key and its sign-in. */
import { Api, type NodeView } from './api.ts'
import type { Bytes } from './bytes.ts'
import { checksummed } from './ethereum.ts'
import { newPair, type SessionKey } from './session.ts'
import { delegation, delegationStatement, signInMessage, type Nonce, type Receipt } from './statement.ts'
import { store, type Store } from './store.ts'
import { unwrap, type Wrap } from './vault.ts'
import { Injected, OwnKey, wallets, type Signer } from './wallet.ts'

export interface Kept {
  readonly address: string
  /** An own key in wraps, or a wallet by its reverse domain name. */
  readonly wraps: readonly Wrap[]
  readonly wallet: string | null
  /** Whether a recovery file was made. */
  readonly recovery: boolean
}

interface SignIn {
  readonly token: string
  readonly account: string
  readonly expires: number
}

export const SESSION_S = 90 * 86_400
export const SCOPES = 'buy work'
const SPARE_S = 300

/** Nobody has joined in this browser, or the key can't be opened here. */
export class NobodyHere extends Error {}

export class Person {
  constructor(
    readonly api: Api,
    private readonly kept: Store,
    private readonly clock: () => number = () => Math.floor(Date.now() / 1000),
  ) {}

  static async here(api = new Api()): Promise<Person> {
    return new Person(api, await store())
  }

  get store(): Store {
    return this.kept
  }
  now(): number {
    return this.clock()
  }
  account(): Promise<Kept | undefined> {
    return this.kept.get<Kept>('keys', 'account')
  }
  keep(account: Kept): Promise<void> {
    return this.kept.put('keys', 'account', account)
  }

  /** Forget account, session and sign-in in this browser. What was not sent yet stays. */
  async forget(): Promise<void> {
    await this.api.empty('DELETE', '/session').catch(() => {})
    await this.kept.change(['account', 'session', 'sign-in'].map((id) => ({ table: 'keys' as const, id })))
  }

  /** Open the account for signing: a passkey's or a wallet's dialog may appear. Throws NobodyHere, Cancelled, NoSecret. */
  async signer(node: NodeView): Promise<Signer> {
    const account = await this.account()
    if (!account) throw new NobodyHere('nobody has joined in this browser')
    if (account.wallet !== null) {
      const found = (await wallets()).find((each) => each.rdns === account.wallet)
      if (!found) throw new NobodyHere('the wallet is not in this browser')
      const signer = await Injected.connect(found, node)
      if (signer.address !== account.address) throw new NobodyHere(`the wallet must be on account ${account.address}`)
      return signer
    }
    // The device's wrap asks nobody, so it goes first where there is one.
    const wraps = [...account.wraps].sort((a, b) => Number(a.kind === 'passkey') - Number(b.kind === 'passkey'))
    let last: unknown = new NobodyHere('the key of this account is not in this browser')
    for (const wrap of wraps) {
      try {
        return this.own(await unwrap(wrap, account.address), node)
      } catch (error) {
        last = error
      }
    }
    throw last
  }

  own(secret: Bytes, node: NodeView): OwnKey {
    return new OwnKey(secret, this.api, node)
  }

  /** The session key where it is good for this log now, and for `scope`. */
  async session(node: NodeView, scope: string): Promise<SessionKey | undefined> {
    const session = await this.kept.get<SessionKey>('keys', 'session')
    const account = await this.account()
    if (!session || !account || session.account !== account.address || session.log !== node.log.origin) return undefined
    const good = this.clock() + SPARE_S < session.expires && session.scopes.split(' ').includes(scope)
    return good ? session : undefined
  }

  /** Delegate a fresh session key. Two tabs that do it both end up with a good key. */
  async delegate(signer: Signer, node: NodeView): Promise<SessionKey> {
    const { pair, key } = await newPair()
    const now = this.clock()
    const terms = {
      chainId: node.chain.chain_id,
      log: node.log.origin,
      account: signer.address,
      sessionKey: key,
      scopes: SCOPES,
      notBefore: now,
      expires: now + SESSION_S,
      nonce: 0,
    }
    const statement = delegationStatement(terms, await signer.typed(delegation(terms)))
    const sent = await this.api.say('/v1/delegations', statement)
    const session: SessionKey = { account: signer.address, key, pair, scopes: SCOPES, log: node.log.origin, notBefore: now, expires: terms.expires }
    await this.kept.change([
      { table: 'keys', id: 'session', value: session },
      { table: 'receipts', id: sent.id, value: sent.receipt satisfies Receipt },
    ])
    return session
  }

  /** Sign in (EIP-4361). The token is kept for the API, and a cookie that no script reads tells the pages. */
  async signIn(signer: Signer): Promise<void> {
    const asked = await this.api.post<Nonce>('/v1/auth/nonce', {})
    const message = signInMessage(asked, checksummed(signer.address), this.clock())
    const opened = await this.api.post<SignIn>('/v1/auth/session', { message, signature: await signer.message(message) })
    this.api.token = opened.token
    await this.kept.put('keys', 'sign-in', opened)
    await this.api.empty('POST', '/session', { token: opened.token })
  }

  /** Use the kept sign-in. Returns whether there is one that is good. */
  async signedIn(): Promise<boolean> {
    const [signIn, account] = await Promise.all([this.kept.get<SignIn>('keys', 'sign-in'), this.account()])
    if (!signIn || signIn.account !== account?.address || this.clock() + SPARE_S >= signIn.expires) return false
    this.api.token = signIn.token
    return true
  }

  /** Open the account for one act that the person pressed a button for; it is closed again whatever happens. */
  async acting<T>(node: NodeView, act: (signer: Signer) => Promise<T>): Promise<T> {
    const signer = await this.signer(node)
    try {
      if (!(await this.signedIn())) await this.signIn(signer)
      if (!(await this.session(node, 'buy'))) await this.delegate(signer, node)
      return await act(signer)
    } finally {
      if (signer instanceof OwnKey) signer.close()
    }
  }

  /** Have session key and sign-in ready, with one dialog at most. */
  async ready(node: NodeView, scope: string): Promise<SessionKey> {
    const [session, signedIn] = [await this.session(node, scope), await this.signedIn()]
    if (session && signedIn) return session
    const signer = await this.signer(node)
    try {
      if (!signedIn) await this.signIn(signer)
      return session ?? (await this.delegate(signer, node))
    } finally {
      if (signer instanceof OwnKey) signer.close()
    }
  }
}
