/** Puts an island into its place on the page: props from the page, words from the catalogue, the fallback taken away. */
import { mount, type Component } from 'svelte'
import { words, type Words } from './lib/words.ts'
import './ui/parts.css'

export interface Shared {
  readonly t: Words
}

/** `kept`: what of the server's own words stays above the part, as a selector. */
export async function island<Props extends Record<string, unknown>>(name: string, part: Component<Props & Shared>, kept = ''): Promise<void> {
  const places = [...document.querySelectorAll<HTMLElement>(`[data-island="${name}"]`)]
  if (!places.length) return
  const [t] = await Promise.all([words(), styled()])
  for (const place of places) {
    const props = JSON.parse(place.dataset['props'] || '{}') as Props
    place.replaceChildren(...(kept ? place.querySelectorAll(`:scope > ${kept}`) : []))
    mount(part, { target: place, props: { ...props, t } })
    place.dataset['ready'] = ''
  }
}

/** The islands' stylesheet, loaded before anything is shown; a file of our own, as the page's policy asks. */
function styled(): Promise<void> {
  const known = [...document.styleSheets].some((sheet) => sheet.href?.includes('/islands/islands.css'))
  if (known) return Promise.resolve()
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = new URL(/* @vite-ignore */ '../islands.css', import.meta.url).href
  return new Promise((resolve) => {
    link.onload = link.onerror = () => resolve()
    document.head.append(link)
  })
}
