/** What changed between two texts, line by line. */

export interface Change {
  readonly kind: 'same' | 'out' | 'in'
  readonly text: string
}

/** Lines beyond which texts are shown one after the other: the comparison is quadratic. */
const MOST = 2_000

/** The lines of both texts in order: what stayed, what went, what came. By the longest common subsequence. */
export function changes(before: string, after: string): Change[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  if (old.length > MOST || now.length > MOST) return [...old.map((text) => ({ kind: 'out' as const, text })), ...now.map((text) => ({ kind: 'in' as const, text }))]
  // common[i][j]: lines that old from i on and now from j on have in common.
  const common = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1))
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) common[i]![j] = old[i] === now[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!)
  }
  const found: Change[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) found.push({ kind: 'same', text: (i++, now[j++]!) })
    else if (i < old.length && (j === now.length || common[i + 1]![j]! >= common[i]![j + 1]!)) found.push({ kind: 'out', text: old[i++]! })
    else found.push({ kind: 'in', text: now[j++]! })
  }
  return found
}
