/** A labelling configuration as a list of things to show and to ask. The node has checked it; here nothing of it becomes HTML. */
import type { Json } from '../canonical.ts'
import { tree, Unreadable, type Element } from './markup.ts'

export { Unreadable }

export interface Line {
  readonly who: string
  readonly said: string
}

export interface Entry {
  readonly id: string
  readonly title: string
  readonly body: string
}

export interface Shown {
  readonly kind: 'Text' | 'HyperText' | 'Image' | 'Audio' | 'Header' | 'List' | 'Chat' | 'Paragraphs'
  readonly name: string
  readonly value: string
  /** A dialogue's lines, a list's items. */
  readonly lines: readonly Line[]
  readonly items: readonly Entry[]
}

export interface Option {
  readonly label: string
  readonly value: string
  readonly hint: string
}

export interface Node {
  readonly path: readonly string[]
  readonly value: string
  readonly hint: string
  readonly children: readonly Node[]
}

interface Asked {
  readonly name: string
  readonly ask: string
  readonly required: boolean
}

export type Marking = Asked & { readonly kind: 'spans' | 'sounds' | 'boxes' | 'outlines'; readonly to: string; readonly labels: readonly Option[] }
export type Tree = Asked & { readonly kind: 'tree'; readonly nodes: readonly Node[]; readonly leavesOnly: boolean; readonly most: number }
export type Choosing = Asked & { readonly kind: 'choices'; readonly options: readonly Option[]; readonly multiple: boolean }

export type Control =
  | Choosing
  | (Asked & { readonly kind: 'rating'; readonly most: number })
  | (Asked & { readonly kind: 'pairwise'; readonly left: string; readonly right: string })
  | Tree
  | (Asked & { readonly kind: 'words'; readonly to: string; readonly rows: number; readonly hint: string })
  | (Asked & { readonly kind: 'order'; readonly to: string })
  | Marking

export interface Config {
  readonly shown: readonly Shown[]
  readonly controls: readonly Control[]
}

export const CANNOT_TELL: Record<string, Json> = { cannot_tell: true }

type Data = Readonly<Record<string, Json>>

/** What a configuration shows of a task's data and asks. Throws Unreadable for a control that this page has no part for. */
export function read(xml: string, data: Data): Config {
  const shown: Shown[] = []
  const controls: Control[] = []
  // A header above a control is its question, as people write them; at the end of the list it stands with what is shown.
  let ask: Shown | null = null
  const value = (text: string): string => (text.startsWith('$') ? String(data[text.slice(1)] ?? '') : text)
  const flush = (): void => {
    if (ask) shown.push(ask)
    ask = null
  }
  const asked = (element: Element): Asked => {
    const said = ask?.value ?? ''
    ask = null
    return { name: element.attributes['name'] ?? '', ask: said, required: element.attributes['required'] === 'true' }
  }
  const walk = (element: Element): void => {
    const given = element.attributes
    const name = given['name'] ?? ''
    const to = given['toname'] ?? ''
    switch (element.tag) {
      case 'View':
        element.children.forEach(walk)
        return
      case 'Header':
        flush()
        ask = { kind: 'Header', name: '', value: value(given['value'] ?? element.text), lines: [], items: [] }
        return
      case 'Text':
      case 'HyperText':
      case 'Image':
      case 'Audio':
        flush()
        shown.push({ kind: element.tag, name, value: value(given['value'] ?? ''), lines: [], items: [] })
        return
      case 'List':
        // A list is shown where it is put in order; what stands above it is that question.
        shown.push({ kind: 'List', name, value: '', ...listed(element, data) })
        return
      case 'Chat':
      case 'Paragraphs':
        flush()
        shown.push({ kind: element.tag, name, value: '', ...listed(element, data) })
        return
      case 'Choices':
        controls.push({ kind: 'choices', ...asked(element), options: options(element), multiple: given['choice'] === 'multiple' })
        return
      case 'Rating':
        controls.push({ kind: 'rating', ...asked(element), most: Number(given['maxrating'] ?? 5) })
        return
      case 'Pairwise': {
        const [left = '', right = ''] = to.split(',')
        controls.push({ kind: 'pairwise', ...asked(element), left, right })
        return
      }
      case 'Taxonomy':
        controls.push({ kind: 'tree', ...asked(element), nodes: nodes(element, []), leavesOnly: given['leafsonly'] === 'true', most: Number(given['maxusages'] ?? 1000) })
        return
      case 'TextArea':
        controls.push({ kind: 'words', ...asked(element), to, rows: Number(given['rows'] ?? 3), hint: given['placeholder'] ?? '' })
        return
      case 'Labels':
        // Of a text or of a sound: known when all objects are, for they may come after.
        controls.push({ kind: 'spans', ...asked(element), to, labels: options(element) })
        return
      case 'RectangleLabels':
        controls.push({ kind: 'boxes', ...asked(element), to, labels: options(element) })
        return
      case 'PolygonLabels':
        controls.push({ kind: 'outlines', ...asked(element), to, labels: options(element) })
        return
      case 'Ranker':
        controls.push({ kind: 'order', ...asked(element), to })
        return
      case 'Style':
        return
      default:
        throw new Unreadable(element.tag)
    }
  }
  walk(tree(xml))
  flush()
  const sounds = new Set(shown.filter((each) => each.kind === 'Audio').map((each) => each.name))
  return { shown, controls: controls.map((each) => (each.kind === 'spans' && sounds.has(each.to) ? { ...each, kind: 'sounds' } : each)) }
}

function listed(element: Element, data: Data): Pick<Shown, 'lines' | 'items'> {
  const given = element.attributes
  const entries = (data[(given['value'] ?? '').slice(1)] ?? []) as readonly Readonly<Record<string, string>>[]
  if (element.tag === 'List') return { lines: [], items: entries.map((each) => ({ id: each['id']!, title: each['title'] ?? '', body: each['body'] ?? '' })) }
  const [who, said] = element.tag === 'Chat' ? ['role', 'content'] : [given['namekey'] ?? 'author', given['textkey'] ?? 'text']
  return { items: [], lines: entries.map((each) => ({ who: each[who!] ?? '', said: each[said!] ?? '' })) }
}

function option(element: Element): Option {
  const value = element.attributes['value'] ?? ''
  return { label: element.attributes['alias'] ?? value, value, hint: element.attributes['hint'] ?? '' }
}

function options(element: Element): Option[] {
  return element.children.flatMap((child) => {
    if (child.tag === 'View') return options(child)
    return child.tag === 'Choice' || child.tag === 'Label' ? [option(child)] : []
  })
}

function nodes(element: Element, above: readonly string[]): Node[] {
  return element.children.map((child) => {
    const { label, value, hint } = option(child)
    const path = [...above, label]
    return { path, value, hint, children: nodes(child, path) }
  })
}

/** Every node of a tree, in document order. */
export const every = (all: readonly Node[]): Node[] => all.flatMap((node) => [node, ...every(node.children)])

/** Whether an answer can be sent: required controls are there, and at least one is. */
export function complete(config: Config, answer: Readonly<Record<string, Json>>): boolean {
  return config.controls.every((control) => !control.required || answer[control.name] !== undefined) && config.controls.some((control) => answer[control.name] !== undefined)
}

/** The answer with one control set, in the configuration's order; undefined takes it out. */
export function put(config: Config, answer: Readonly<Record<string, Json>>, control: Control, value: Json | undefined): Record<string, Json> {
  const now: Record<string, Json | undefined> = { ...answer, [control.name]: value }
  return Object.fromEntries(config.controls.filter((each) => now[each.name] !== undefined).map((each) => [each.name, now[each.name]!]))
}

/** The answer after a press on a class; the same press again takes it back. */
export function chosen(config: Config, answer: Readonly<Record<string, Json>>, control: Control, picked: string | number): Record<string, Json> {
  const held = answer[control.name]
  if (control.kind === 'choices' && control.multiple) {
    const words = new Set((held as string[] | undefined) ?? [])
    if (!words.delete(String(picked))) words.add(String(picked))
    return put(config, answer, control, words.size ? control.options.map((each) => each.label).filter((label) => words.has(label)) : undefined)
  }
  return put(config, answer, control, held === picked && !control.required ? undefined : picked)
}

/** The rank kind as a configuration of ours: which of two answers is better, or neither. */
export function rank(data: Data, ask: string, tie: string): Config {
  const text = (kind: 'Header' | 'Text', name: string, value: Json | undefined): Shown => ({ kind, name, value: String(value ?? ''), lines: [], items: [] })
  const hint = ''
  return {
    shown: [text('Header', '', data['prompt']), text('Text', 'left', data['left']), text('Text', 'right', data['right'])],
    controls: [{ kind: 'choices', name: 'winner', ask, multiple: false, required: true, options: [{ label: 'left', value: 'A', hint }, { label: 'tie', value: tie, hint }, { label: 'right', value: 'B', hint }] }],
  }
}
