/** What somebody marks for one control: the regions, the label in hand, the region in hand. Shared by the thing shown and its panel. */
import type { Json } from '../../../lib/canonical.ts'
import type { Marking } from '../../../lib/label/config.ts'
import { canonical, Unfit, type Region } from '../../../lib/label/values.ts'

export class Marks<R extends Region = Region> {
  regions: readonly R[] = $state.raw([])
  /** The label that the next region gets. */
  label = $state('')
  /** Place of the region in hand, -1 for none. */
  at = $state(-1)
  /** Whether a press on the picture or text begins a region. */
  drawing = $state(true)
  /** Whether it was said that there is nothing to mark, or something is marked. */
  said = $state(false)

  constructor(
    readonly control: Marking,
    private readonly bound: Json | undefined,
    private readonly told: (value: Json | undefined) => void,
    held: Json | undefined,
  ) {
    this.label = control.labels[0]!.label
    this.said = held !== undefined
    this.regions = (held as unknown as R[] | undefined) ?? []
    this.drawing = !this.regions.length
  }

  get one(): R | undefined {
    return this.regions[this.at]
  }

  add(region: Omit<R, 'label'>): void {
    this.set([...this.regions, { ...region, label: this.label } as unknown as R], this.regions.length)
  }

  /** Change the region in hand; what can't be is left as it is. */
  change(changes: Partial<R>): void {
    if (this.at >= 0) this.set(this.regions.map((each, n) => (n === this.at ? { ...each, ...changes } : each)), this.at)
  }

  remove(): void {
    const left = this.regions.filter((_, n) => n !== this.at)
    this.at = -1
    this.drawing = !left.length
    this.regions = left
    this.said = left.length > 0
    this.told(left.length ? (left as unknown as Json) : undefined)
  }

  none(): void {
    if (this.regions.length) return
    this.said = !this.said
    this.told(this.said ? [] : undefined)
  }

  /** A label's button: it is for the region in hand, else for the next one. */
  take(label: string): void {
    this.label = label
    if (this.at >= 0) this.change({ label } as Partial<R>)
  }

  next(by: 1 | -1): void {
    if (this.regions.length) this.at = (this.at + by + this.regions.length + (this.at < 0 && by < 0 ? 1 : 0)) % this.regions.length
  }

  private set(regions: readonly R[], at: number): void {
    const own = JSON.stringify(canonicalOne(this.control, regions[at]!))
    let made: Json
    try {
      made = canonical(this.control, regions, this.bound)
    } catch (error) {
      // Beyond the edge, or the same region twice: nothing changes.
      if (error instanceof Unfit) return
      throw error
    }
    this.regions = made as unknown as R[]
    this.at = this.regions.findIndex((each) => JSON.stringify(each) === own)
    this.drawing = false
    this.said = true
    this.told(made)
  }
}

function canonicalOne(control: Marking, region: Region): Json {
  try {
    return (canonical(control, [region]) as readonly Json[])[0]!
  } catch {
    return null
  }
}
