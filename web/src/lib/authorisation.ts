/** Payments without gas: the account signs (EIP-3009), the node's relayer sends. */
import { Refused, type Api, type NodeView } from './api.ts'
import { concat, hex } from './bytes.ts'
import type { Json } from './canonical.ts'
import { keccak, word } from './ethereum.ts'
import type { Person } from './person.ts'
import type { Signer } from './wallet.ts'

/** What is paid for. `words`: what the contract hashes into the nonce behind chain id and its own address, without the salt. */
export interface Bill {
  readonly path: '/v1/fundings' | '/v1/purchases'
  readonly contract: 'escrow' | 'licences'
  readonly amount: bigint
  readonly words: readonly (readonly ['address' | 'uint256', string | number | bigint])[]
  readonly body: Readonly<Record<string, Json>>
}

/** What became of it: the order's number in escrow, or the licence's. `body` is what was signed. */
export interface Paid {
  readonly order: number | null
  readonly licence: number | null
  readonly body: Readonly<Record<string, Json>>
}

interface Signed {
  readonly id: string
  readonly body: Readonly<Record<string, Json>>
}

interface Domain {
  readonly name: string
  readonly version: string
  readonly token: string
  readonly scale: string
}

const GOOD_S = 3600

/**
 * Pay; null where this token or account can't pay so, and nothing was taken. What was signed is kept under `key` until `forget`:
 * after a reload the same authorisation is asked for again, and the money moves once.
 */
export async function pay(person: Person, node: NodeView, signer: Signer, bill: Bill, key: string): Promise<Paid | null> {
  const kept = await person.store.get<Signed>('settings', key)
  if (kept) {
    try {
      return await sent(person, signer, bill, kept)
    } catch (error) {
      // Refused: it did not happen, and a new one is signed. Anything else may still happen.
      if (!(error instanceof Refused) || error.passing) throw error
      await forget(person, key)
    }
  }
  const { authorisations } = await person.api.get<{ authorisations: Domain | null }>(`/v1/accounts/${signer.address}/purse`)
  if (!authorisations) return null
  const made = await sign(node, signer, bill, authorisations, person.now() + GOOD_S)
  await person.store.put('settings', key, made)
  try {
    return await sent(person, signer, bill, made)
  } catch (error) {
    if (error instanceof Refused && !error.passing) await forget(person, key)
    // A contract's account, whose signature is not the 65 bytes that such a payment needs.
    if (error instanceof Refused && error.pointer === '/signature') return null
    throw error
  }
}

export const forget = (person: Person, key: string): Promise<void> => person.store.delete('settings', key)

async function sent(person: Person, signer: Signer, bill: Bill, signed: Signed): Promise<Paid> {
  await person.api.post(bill.path, signed.body)
  return { ...(await settled(person.api, signer.address, signed.id)), body: signed.body }
}

/** Wait until the chain has a payment and the node has heard of it. */
async function settled(api: Api, account: string, id: string): Promise<{ order: number | null; licence: number | null }> {
  for (let n = 0; n < 240; n++) {
    const found = await api.get<{ status: string; order: number | null; licence: number | null; reason: string | null }>(`/v1/accounts/${account}/authorisations/${id}`)
    if (found.status === 'done') return found
    if (found.status === 'refused') throw new Refused(409, 'reverted', found.reason ?? '')
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Refused(503, 'stuck', `authorisation ${id} is not on the chain yet; it may still come`)
}

async function sign(node: NodeView, signer: Signer, bill: Bill, domain: Domain, validBefore: number): Promise<Signed> {
  const to = node.chain.contracts[bill.contract]!
  const salt = hex(crypto.getRandomValues(new Uint8Array(32)))
  const { chain_id: chainId } = node.chain
  const words = [['uint256', chainId], ['address', to], ...bill.words, ['bytes32', salt]] as const
  const id = hex(keccak(concat(...words.map(([type, value]) => word(type, value)))))
  const signature = await signer.typed({
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'version', type: 'string' },
        { name: 'chainId', type: 'uint256' },
        { name: 'verifyingContract', type: 'address' },
      ],
      ReceiveWithAuthorization: [
        { name: 'from', type: 'address' },
        { name: 'to', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'validAfter', type: 'uint256' },
        { name: 'validBefore', type: 'uint256' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'ReceiveWithAuthorization',
    domain: { name: domain.name, version: domain.version, chainId, verifyingContract: domain.token },
    message: {
      from: signer.address,
      to,
      value: String(bill.amount * BigInt(domain.scale)),
      validAfter: '0',
      validBefore: String(validBefore),
      nonce: `0x${id}`,
    },
  })
  return { id, body: { ...bill.body, account: signer.address, amount: String(bill.amount), salt, signature, valid_before: validBefore } }
}
