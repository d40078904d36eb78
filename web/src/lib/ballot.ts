/** A vote in a pool: what the account weighs in it, and its signature, which the node's relayer sends (EIP-712, pools.cast_for). */
import type { Api, NodeView } from './api.ts'
import type { Typed } from './ethereum.ts'
import type { Person } from './person.ts'
import type { Signer } from './wallet.ts'

/** One vote as an account sees it. `weight`: micro-units earned by `epoch`; `voted`: its side, null before. */
export interface Standing {
  readonly vote: number
  readonly epoch: number
  readonly state: string
  readonly weight: string
  readonly voted: boolean | null
}

const GOOD_S = 3600

export async function standing(api: Api, pool: number, vote: number, account: string): Promise<Standing | undefined> {
  const page = await api.get<{ items: Standing[] }>(`/v1/pools/${pool}/votes?account=${account}`)
  return page.items.find((each) => each.vote === vote)
}

/** Sign a vote and hand it to the relayer. It counts once the chain has it. */
export async function cast(person: Person, node: NodeView, signer: Signer, vote: number, support: boolean): Promise<void> {
  const deadline = person.now() + GOOD_S
  const signature = await signer.typed(ballot(node, { vote, account: signer.address, support, deadline }))
  await person.api.post(`/v1/votes/${vote}/ballots`, { account: signer.address, deadline, signature, support })
}

export function ballot(node: NodeView, message: { vote: number; account: string; support: boolean; deadline: number }): Typed {
  return {
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'version', type: 'string' },
        { name: 'chainId', type: 'uint256' },
        { name: 'verifyingContract', type: 'address' },
      ],
      Vote: [
        { name: 'vote', type: 'uint256' },
        { name: 'account', type: 'address' },
        { name: 'support', type: 'bool' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Vote',
    domain: { name: 'hakari pools', version: '1', chainId: node.chain.chain_id, verifyingContract: node.chain.contracts['pools']! },
    message: { ...message, vote: String(message.vote), deadline: String(message.deadline) },
  }
}
