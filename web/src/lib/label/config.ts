/** A labelling configuration as a list of things to show and to ask. The node has checked it; here nothing of it becomes HTML. */
import type { Json } from '../canonical.ts'

export class Unreadable extends Error {}

export interface Element {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

export interface Shown {
  readonly kind: 'Text' | 'HyperText' | 'Image' | 'Audio' | 'Header'
  readonly name: string
  readonly value: string
}

export interface Option {
  readonly label: string
  readonly value: string
  readonly hint: string
}

export type Control =
  | { readonly kind: 'choices'; readonly name: string; readonly ask: string; readonly options: readonly Option[]; readonly multiple: boolean; readonly required: boolean }
  | { readonly kind: 'rating'; readonly name: string; readonly ask: string; readonly most: number; readonly required: boolean }
  | { readonly kind: 'pairwise'; readonly name: string; readonly ask: string; readonly left: string; readonly right: string; readonly required: boolean }

export interface Config {
  readonly shown: readonly Shown[]
  readonly controls: readonly Control[]
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

/** What a configuration shows of a task's data and asks. Throws Unreadable for a control that this page has no part for. */
export function read(xml: string, data: Readonly<Record<string, Json>>): Config {
  const shown: Shown[] = []
  const controls: Control[] = []
  // A header above a control is its question, as people write them; at the end of the list it stands with what is shown.
  let ask: Shown | null = null
  const value = (text: string): string => (text.startsWith('$') ? String(data[text.slice(1)] ?? '') : text)
  const asked = (): string => {
    const said = ask?.value ?? ''
    ask = null
    return said
  }
  const flush = (): void => {
    if (ask) shown.push(ask)
    ask = null
  }
  const walk = (element: Element): void => {
    const given = element.attributes
    const name = given['name'] ?? ''
    const required = given['required'] === 'true'
    switch (element.tag) {
      case 'View':
        element.children.forEach(walk)
        return
      case 'Header':
        flush()
        ask = { kind: 'Header', name: '', value: value(given['value'] ?? element.text) }
        return
      case 'Text':
      case 'HyperText':
      case 'Image':
      case 'Audio':
        flush()
        shown.push({ kind: element.tag, name, value: value(given['value'] ?? '') })
        return
      case 'Choices':
        controls.push({ kind: 'choices', name, ask: asked(), options: options(element), multiple: given['choice'] === 'multiple', required })
        return
      case 'Rating':
        controls.push({ kind: 'rating', name, ask: asked(), most: Number(given['maxrating'] ?? 5), required })
        return
      case 'Pairwise': {
        const [left = '', right = ''] = (given['toname'] ?? '').split(',')
        controls.push({ kind: 'pairwise', name, ask: asked(), left, right, required })
        return
      }
      case 'Style':
        return
      default:
        throw new Unreadable(element.tag)
    }
  }
  walk(tree(xml))
  flush()
  return { shown, controls }
}

function options(element: Element): Option[] {
  return element.children.flatMap((child) => {
    if (child.tag === 'View') return options(child)
    if (child.tag !== 'Choice') return []
    const value = child.attributes['value'] ?? ''
    return [{ label: child.attributes['alias'] ?? value, value, hint: child.attributes['hint'] ?? '' }]
  })
}

/** Whether an answer can be sent: required controls are there, and at least one is. */
export function complete(config: Config, answer: Readonly<Record<string, Json>>): boolean {
  return config.controls.every((control) => !control.required || answer[control.name] !== undefined) && config.controls.some((control) => answer[control.name] !== undefined)
}

/** The answer with one control set, in the configuration's order; the same choice again takes it back. */
export function chosen(config: Config, answer: Readonly<Record<string, Json>>, control: Control, picked: string | number): Record<string, Json> {
  const now: Record<string, Json> = { ...answer }
  if (control.kind === 'choices' && control.multiple) {
    const held = new Set((now[control.name] as string[] | undefined) ?? [])
    if (!held.delete(String(picked))) held.add(String(picked))
    if (held.size) now[control.name] = control.options.map((each) => each.label).filter((label) => held.has(label))
    else delete now[control.name]
  } else if (now[control.name] === picked && !control.required) delete now[control.name]
  else now[control.name] = picked
  return Object.fromEntries(config.controls.filter((each) => now[each.name] !== undefined).map((each) => [each.name, now[each.name]!]))
}

/** The rank kind as a configuration of ours: which of two answers is better, or neither. */
export function rank(data: Readonly<Record<string, Json>>, ask: string, tie: string): Config {
  return {
    shown: [
      { kind: 'Header', name: '', value: String(data['prompt'] ?? '') },
      { kind: 'Text', name: 'left', value: String(data['left'] ?? '') },
      { kind: 'Text', name: 'right', value: String(data['right'] ?? '') },
    ],
    controls: [
      { kind: 'choices', name: 'winner', ask, multiple: false, required: true, options: [{ label: 'left', value: 'A', hint: '' }, { label: 'tie', value: tie, hint: '' }, { label: 'right', value: 'B', hint: '' }] },
    ],
  }
}
