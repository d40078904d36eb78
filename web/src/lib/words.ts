/** The catalogue: flat ids with {placeholders}, in the page's language. The islands' ids begin with «i.», so that no page has them too. */

export type Values = Readonly<Record<string, string | number>>
export type Words = ((id: string, values?: Values) => string) & { readonly lang: Language }
export type Language = 'en' | 'ja' | 'zh'
type Catalogue = Readonly<Record<string, string>>

const packs: Record<Language, () => Promise<{ default: Catalogue }>> = {
  en: () => import('../../../src/hakari/doors/web/locales/en/islands.json'),
  ja: () => import('../../../src/hakari/doors/web/locales/ja/islands.json'),
  zh: () => import('../../../src/hakari/doors/web/locales/zh/islands.json'),
}

export function language(tag: string): Language {
  const two = tag.slice(0, 2).toLowerCase()
  return two === 'ja' || two === 'zh' ? two : 'en'
}

export async function words(tag = document.documentElement.lang): Promise<Words> {
  const lang = language(tag)
  return from((await packs[lang]()).default, lang)
}

export function from(catalogue: Catalogue, lang: Language): Words {
  const say = (id: string, values: Values = {}): string => {
    const sentence = (String(values['count']) === '1' && catalogue[`i.${id}.one`]) || catalogue[`i.${id}`]
    if (sentence === undefined) throw new Error(`no words for ${id}`)
    return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`))
  }
  return Object.assign(say, { lang })
}

/** A date and time with its zone, as the reader's device has it. */
export function moment(seconds: number, lang: Language): string {
  const format = new Intl.DateTimeFormat(lang, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' })
  return format.format(seconds * 1000)
}
