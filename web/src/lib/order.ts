/** An order placed: its budget goes into escrow, then the signed order into the log. */
import type { NodeView } from './api.ts'
import { hex, utf8 } from './bytes.ts'
import type { Json } from './canonical.ts'
import { keccak } from './ethereum.ts'
import type { Person } from './person.ts'
import { Purse } from './purse.ts'
import { say } from './session.ts'

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
    await purse.allow('escrow', budget)
    tell(false)
    const deadline = person.now() + seconds
    const receipt = await purse.send('escrow', 'fund(uint256,uint256,uint256,uint256)', [Number(body['pool']), Number(body['terms_version']), budget, deadline])
    const said = receipt.logs.find((each) => each.topics[0] === FUNDED)
    if (!said) throw new Error('the escrow named no order')
    funded = { order: Number(BigInt(said.topics[1]!)), deadline, budget: String(budget) }
    await person.store.put('settings', kept, funded)
  })
  tell(true)
  const session = await person.ready(node, 'buy')
  const statement = await say(session, 'order', { ...body, deadline: funded!.deadline, escrow_order: funded!.order }, person.now())
  const placed = await person.api.say('/v1/orders', statement, { items, guideline, extra })
  await person.store.delete('settings', kept)
  return placed.id
}
