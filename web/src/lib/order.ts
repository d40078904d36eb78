/** An order placed: its budget goes into escrow, then the signed order into the log. */
import type { NodeView } from './api.ts'
import { hex, utf8 } from './bytes.ts'
import type { Json } from './canonical.ts'
import { keccak } from './ethereum.ts'
import { forget, pay } from './authorisation.ts'
import type { Person } from './person.ts'
import { Purse } from './purse.ts'
import { say } from './session.ts'
import type { Signer } from './wallet.ts'

/** All of an order but what funding gives it: the number in escrow and the deadline, `seconds` from then. */
export interface Unplaced {
  readonly body: Readonly<Record<string, Json>>
  readonly items: readonly Json[]
  readonly guideline: string
  readonly seconds: number
  readonly extra?: readonly string[]
}

/** The budget is in escrow, the order is not in the log yet. */
interface Funded {
  readonly order: number
  readonly deadline: number
  readonly budget: string
}

const FUNDED = `0x${hex(keccak(utf8('Funded(uint256,uint256,address,uint256,uint256,uint256)')))}`

/** Fund and place an order; returns its id. `key` names it in this browser: after a reload the same one is not paid twice. */
export async function placeOrder(person: Person, node: NodeView, order: Unplaced, key: string, tell: (paid: boolean) => void): Promise<string> {
  const { body, items, guideline, seconds, extra = [] } = order
  const budget = BigInt(String(body['budget']))
  const kept = `funded/${key}`
  let funded = await person.store.get<Funded>('settings', kept)
  await person.acting(node, async (signer) => {
    if (funded?.budget === String(budget)) return
    const purse = new Purse(person.api, node, signer)
    await purse.have(budget)
    tell(false)
    const terms = { pool: Number(body['pool']), version: Number(body['terms_version']), budget, deadline: person.now() + seconds }
    const paying = `paying/${key}/${budget}`
    funded = (await signed(person, node, signer, terms, paying)) ?? (await transacted(purse, terms))
    await person.store.put('settings', kept, funded)
    await forget(person, paying)
  })
  tell(true)
  const session = await person.ready(node, 'buy')
  const statement = await say(session, 'order', { ...body, deadline: funded!.deadline, escrow_order: funded!.order }, person.now())
  const placed = await person.api.say('/v1/orders', statement, { items, guideline, extra })
  await person.store.delete('settings', kept)
  return placed.id
}

interface Terms {
  readonly pool: number
  readonly version: number
  readonly budget: bigint
  readonly deadline: number
}

/** The budget by one signature, which costs no gas; null where that can't be. */
async function signed(person: Person, node: NodeView, signer: Signer, { pool, version, budget, deadline }: Terms, key: string): Promise<Funded | null> {
  const paid = await pay(
    person,
    node,
    signer,
    {
      path: '/v1/fundings',
      contract: 'escrow',
      amount: budget,
      words: [pool, version, budget, deadline].map((each) => ['uint256', each] as const),
      body: { pool, terms_version: version, deadline },
    },
    key,
  )
  return paid && { order: paid.order!, deadline: Number(paid.body['deadline']), budget: String(budget) }
}

/** The budget by the account's own transactions. */
async function transacted(purse: Purse, { pool, version, budget, deadline }: Terms): Promise<Funded> {
  await purse.allow('escrow', budget)
  const receipt = await purse.send('escrow', 'fund(uint256,uint256,uint256,uint256)', [pool, version, budget, deadline])
  const said = receipt.logs.find((each) => each.topics[0] === FUNDED)
  if (!said) throw new Error('the escrow named no order')
  return { order: Number(BigInt(said.topics[1]!)), deadline, budget: String(budget) }
}
