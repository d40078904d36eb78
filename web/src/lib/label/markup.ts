/** A small strict XML reader for labelling configurations. */

export class Unreadable extends Error {}

export interface Element {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** A small strict XML reader: no DTD, no instruction, no entity but the five and numbers. Throws Unreadable. */
export function tree(xml: string): Element {
  const token = /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?xml\s[^?]*\?>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy
  const root = { tag: '', attributes: {}, children: [] as Element[], text: '' }
  const stack = [root]
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex
    const found = token.exec(xml)
    const top = stack[stack.length - 1]!
    if (!found) throw new Unreadable(`well-formed XML expected at character ${at}`)
    const [, data, closed, opened, given, alone, text] = found
    if (opened !== undefined) {
      if (stack.length > 32) throw new Unreadable('tags must nest at most 32 deep')
      const attributes: Record<string, string> = {}
      for (const [, name, a, b] of (given ?? '').matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) attributes[name!.toLowerCase()] = plain(a ?? b ?? '')
      const made = { tag: opened, attributes, children: [] as Element[], text: '' }
      top.children.push(made)
      if (!alone) stack.push(made)
    } else if (closed !== undefined) {
      if (top.tag !== closed) throw new Unreadable(`</${top.tag}> expected, got </${closed}>`)
      stack.pop()
    } else {
      top.text += data ?? (text === undefined ? '' : plain(text))
    }
  }
  if (stack.length !== 1 || root.children.length !== 1) throw new Unreadable('one closed outermost tag expected')
  return root.children[0]!
}

function plain(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name)
    const code = number ? parseInt(number[1] ?? number[2]!, number[1] ? 16 : 10) : NaN
    const said = ENTITIES[name] ?? (code <= 0x10ffff ? String.fromCodePoint(code) : undefined)
    if (said === undefined || !whole.endsWith(';')) throw new Unreadable(`entity ${whole.slice(0, 20)} is not allowed`)
    return said
  })
}
