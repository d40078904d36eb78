/** A text as people tap it: words by Intl.Segmenter, offsets in code points (as Python counts), letters as people see them. */

export interface Token {
  readonly start: number
  readonly end: number
  /** Whether it is a word; blanks and punctuation are not. */
  readonly word: boolean
}

/** The words of a text and what stands between them, in code points. */
export function tokens(text: string, language: string): Token[] {
  return cut(text, new Intl.Segmenter(language, { granularity: 'word' }))
}

/** Where letters as people see them end: an emoji of several code points is one. */
export function letters(text: string, language: string): number[] {
  return [0, ...cut(text, new Intl.Segmenter(language, { granularity: 'grapheme' })).map((each) => each.end)]
}

function cut(text: string, segmenter: Intl.Segmenter): Token[] {
  let at = 0
  return [...segmenter.segment(text)].map(({ segment }) => {
    const start = at
    at += [...segment].length
    // The segmenter's own «word-like» leaves out emoji and signs, which can be marked too.
    return { start, end: at, word: /[^\s\p{P}]/u.test(segment) }
  })
}

/** A code point's place in UTF-16 units, and the other way. */
export const toUnits = (text: string, points: number): number => [...text].slice(0, points).join('').length
export const toPoints = (text: string, units: number): number => [...text.slice(0, units)].length

export interface Piece {
  readonly text: string
  readonly start: number
  readonly token: number
  /** Places of the regions that cover it. */
  readonly in: readonly number[]
}

/** The text cut at every token's and region's edge. */
export function pieces(text: string, all: readonly Token[], regions: readonly { start: number; end: number }[]): Piece[] {
  const points = [...text]
  const edges = new Set([0, points.length])
  for (const each of [...all, ...regions]) edges.add(each.start).add(each.end)
  const sorted = [...edges].filter((edge) => edge <= points.length).sort((a, b) => a - b)
  let token = 0
  return sorted.slice(0, -1).map((start, n) => {
    const end = sorted[n + 1]!
    while (token < all.length - 1 && all[token]!.end <= start) token++
    return { text: points.slice(start, end).join(''), start, token, in: regions.flatMap((each, at) => (each.start <= start && end <= each.end ? [at] : [])) }
  })
}

/** The next edge of a letter from `at`, one step to the left (-1) or right (1). */
export function step(edges: readonly number[], at: number, by: -1 | 1): number {
  const next = by > 0 ? edges.find((edge) => edge > at) : [...edges].reverse().find((edge) => edge < at)
  return next ?? at
}
