/** Who signs for an account: its own key, or an injected wallet (EIP-1193, found by EIP-6963). */
import type { Api, NodeView } from './api.ts'
import { Refused } from './api.ts'
import { hex, utf8, type Bytes } from './bytes.ts'
import { addressOf, messageHash, signHash, signTransaction, typedHash, type Typed } from './ethereum.ts'

export interface Signer {
  readonly address: string
  /** 65 bytes, hex without 0x. */
  message(text: string): Promise<string>
  typed(data: Typed): Promise<string>
  /** Send a call and return the transaction's hash. */
  send(to: string, data: string): Promise<string>
}

export class OwnKey implements Signer {
  readonly address: string
  constructor(
    private readonly secret: Bytes,
    private readonly api: Api,
    private readonly node: NodeView,
  ) {
    this.address = addressOf(secret)
  }
  async message(text: string): Promise<string> {
    return signHash(messageHash(text), this.secret)
  }
  async typed(data: Typed): Promise<string> {
    return signHash(typedHash(data), this.secret)
  }
  async send(to: string, data: string): Promise<string> {
    const from = this.address
    const [gas, price, nonce] = await Promise.all([
      this.api.rpc<string>('eth_estimateGas', [{ from, to, data }]),
      this.api.rpc<string>('eth_gasPrice', []),
      this.api.rpc<string>('eth_getTransactionCount', [from, 'pending']),
    ])
    const raw = signTransaction(
      {
        to,
        data,
        value: 0n,
        gas: (BigInt(gas) * 5n) / 4n,
        maxFeePerGas: 2n * BigInt(price),
        maxPriorityFeePerGas: BigInt(price),
        nonce: BigInt(nonce),
        chainId: BigInt(this.node.chain.chain_id),
      },
      this.secret,
    )
    return this.api.rpc<string>('eth_sendRawTransaction', [raw])
  }
  /** Forget the secret. */
  close(): void {
    this.secret.fill(0)
  }
}

interface Provider {
  request(asked: { method: string; params?: readonly unknown[] }): Promise<unknown>
}

export interface Announced {
  readonly name: string
  readonly rdns: string
  readonly provider: Provider
}

/** The wallets that announce themselves, waiting a moment; the old window.ethereum where none does. */
export function wallets(waitMs = 150): Promise<Announced[]> {
  const found = new Map<string, Announced>()
  const heard = (event: Event): void => {
    const { info, provider } = (event as CustomEvent<{ info: { name: string; rdns: string }; provider: Provider }>).detail
    found.set(info.rdns, { name: String(info.name).slice(0, 60), rdns: String(info.rdns), provider })
  }
  window.addEventListener('eip6963:announceProvider', heard)
  window.dispatchEvent(new Event('eip6963:requestProvider'))
  return new Promise((resolve) => {
    setTimeout(() => {
      window.removeEventListener('eip6963:announceProvider', heard)
      const old = (window as { ethereum?: Provider }).ethereum
      if (!found.size && old) found.set('', { name: 'Wallet', rdns: '', provider: old })
      resolve([...found.values()])
    }, waitMs)
  })
}

export class Injected implements Signer {
  private constructor(
    readonly address: string,
    private readonly provider: Provider,
  ) {}

  /** Ask the wallet for its account and put it on the node's chain. */
  static async connect(wallet: Announced, node: NodeView): Promise<Injected> {
    const accounts = (await wallet.provider.request({ method: 'eth_requestAccounts' })) as string[]
    if (!accounts[0]) throw new Refused(403, 'wallet', 'the wallet named no account')
    const chainId = `0x${node.chain.chain_id.toString(16)}`
    try {
      await wallet.provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] })
    } catch (error) {
      if ((error as { code?: number }).code !== 4902) throw error
      const chain = { chainId, chainName: node.name, rpcUrls: [`${location.origin}/rpc`], nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } }
      await wallet.provider.request({ method: 'wallet_addEthereumChain', params: [chain] })
    }
    return new Injected(accounts[0].toLowerCase(), wallet.provider)
  }
  async message(text: string): Promise<string> {
    return tidy((await this.provider.request({ method: 'personal_sign', params: [`0x${hex(utf8(text))}`, this.address] })) as string)
  }
  async typed(data: Typed): Promise<string> {
    return tidy((await this.provider.request({ method: 'eth_signTypedData_v4', params: [this.address, JSON.stringify(data)] })) as string)
  }
  async send(to: string, data: string): Promise<string> {
    return (await this.provider.request({ method: 'eth_sendTransaction', params: [{ from: this.address, to, data, value: '0x0' }] })) as string
  }
}

/** A wallet's signature as the log wants it: lower case, no 0x, v 27 or 28. */
function tidy(signature: string): string {
  const digits = signature.replace(/^0x/, '').toLowerCase()
  const v = parseInt(digits.slice(128), 16)
  return digits.slice(0, 128) + (v < 27 ? v + 27 : v).toString(16)
}

export interface Receipt {
  readonly status: string
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[] }[]
}

/** Wait until a transaction is mined. Throws Refused where it reverted. */
export async function mined(api: Api, hash: string, what: string): Promise<Receipt> {
  for (let n = 0; n < 240; n++) {
    const receipt = await api.rpc<Receipt | null>('eth_getTransactionReceipt', [hash])
    if (receipt) {
      if (receipt.status !== '0x1') throw new Refused(409, 'reverted', `${what} was refused by the contract`)
      return receipt
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(100 + 50 * n, 1500)))
  }
  throw new Refused(503, 'stuck', `${what}: no receipt for ${hash} yet`)
}
