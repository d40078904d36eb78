/** An account's tokens and what it does with them: look, allow, pay. Amounts are micro-units; the token may count finer. */
import { Refused, type Api, type NodeView } from './api.ts'
import { call } from './ethereum.ts'
import { mined, type Receipt, type Signer } from './wallet.ts'

export class Purse {
  private scale: bigint | undefined

  constructor(
    private readonly api: Api,
    private readonly node: NodeView,
    readonly signer: Signer,
  ) {}

  /** Whether this is a node's own chain, whose test token anybody may have. */
  get local(): boolean {
    return this.node.chain.profile === 'local'
  }

  async balance(): Promise<bigint> {
    return BigInt((await this.api.get<{ balance: string }>(`/v1/accounts/${this.signer.address}/purse`)).balance)
  }

  /** Have `amount` at hand. On a local chain what lacks is drawn from the test token; elsewhere Refused says how much it is. */
  async have(amount: bigint): Promise<void> {
    const lacks = amount - (await this.balance())
    if (lacks <= 0n) return
    if (!this.local) throw new Refused(402, 'too_little', `the account must hold ${amount} micro-units of the token, ${lacks} are missing`)
    await this.send('payment_token', 'faucet(address,uint256)', [this.signer.address, lacks * (await this.unit())])
  }

  /** Let a contract take `amount`. */
  async allow(contract: string, amount: bigint): Promise<void> {
    const to = this.at(contract)
    const raw = amount * (await this.unit())
    if ((await this.view('payment_token', 'allowance(address,address)', [this.signer.address, to])) >= raw) return
    await this.send('payment_token', 'approve(address,uint256)', [to, raw])
  }

  /** Call a contract from the account and wait until it is mined. Throws Refused where it reverts. */
  async send(contract: string, signature: string, args: readonly (string | number | bigint)[]): Promise<Receipt> {
    const hash = await this.signer.send(this.at(contract), call(signature, args))
    return mined(this.api, hash, `${contract}.${signature.split('(')[0]}`)
  }

  private async unit(): Promise<bigint> {
    this.scale ??= 10n ** ((await this.view('payment_token', 'decimals()', [])) - 6n)
    return this.scale
  }

  private async view(contract: string, signature: string, args: readonly (string | number | bigint)[]): Promise<bigint> {
    return BigInt(await this.api.rpc<string>('eth_call', [{ to: this.at(contract), data: call(signature, args) }, 'latest']))
  }

  private at(contract: string): string {
    return this.node.chain.contracts[contract]!
  }
}
