/** Two fingers, or a wheel with Ctrl (what a trackpad's pinch is too), make a picture larger and smaller about the place that they hold. */
import { flushSync } from 'svelte'

const MOST = 6

const within = (zoom: number): number => Math.min(MOST, Math.max(1, zoom))

interface Spot {
  readonly clientX: number
  readonly clientY: number
}

/** The middle of two fingers and how far they are apart, in pixels of the screen. */
export function between(one: Spot, other: Spot): Spot & { readonly apart: number } {
  return {
    clientX: (one.clientX + other.clientX) / 2,
    clientY: (one.clientY + other.clientY) / 2,
    apart: Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)),
  }
}

/** The part of the picture's width and height at which a place on the screen lies. */
export function part(at: Spot, picture: DOMRect): readonly [number, number] {
  return [(at.clientX - picture.left) / picture.width, (at.clientY - picture.top) / picture.height]
}

/** What a picture in a frame needs: how large it is, how to make it so, and what to leave off when two fingers come. */
export interface Zoomed {
  readonly frame: HTMLElement
  readonly picture: HTMLElement
  readonly get: () => number
  readonly set: (zoom: number) => void
  readonly interrupt: () => void
}

/** Make it as large as said and bring a part of it to a place of the screen, as far as it can be scrolled. */
export function zoomTo({ frame, picture, set }: Zoomed, zoom: number, [across, down]: readonly [number, number], to: Spot): void {
  flushSync(() => set(within(zoom)))
  const now = picture.getBoundingClientRect()
  frame.scrollLeft += now.left + across * now.width - to.clientX
  const asked = now.top + down * now.height - to.clientY
  const before = frame.scrollTop
  frame.scrollTop += asked
  // The frame is as high as its picture where the item around it is what scrolls.
  frame.closest('.w-item')?.scrollBy(0, asked - (frame.scrollTop - before))
}

/** Listen until the returned function is called. */
export function zooming(held: Zoomed): () => void {
  let pinch: { apart: number; zoom: number; part: readonly [number, number] } | null = null

  const touched = (event: TouchEvent): void => {
    const [one, other] = event.touches
    if (!one || !other || event.touches.length > 2) {
      pinch = null
      return
    }
    event.preventDefault()
    held.interrupt()
    const middle = between(one, other)
    pinch = { apart: middle.apart, zoom: held.get(), part: part(middle, held.picture.getBoundingClientRect()) }
  }
  const moved = (event: TouchEvent): void => {
    const [one, other] = event.touches
    if (!pinch || !one || !other) return
    event.preventDefault()
    const middle = between(one, other)
    zoomTo(held, (pinch.zoom * middle.apart) / pinch.apart, pinch.part, middle)
  }
  const ended = (): void => {
    pinch = null
  }
  const wheeled = (event: WheelEvent): void => {
    if (!event.ctrlKey) return
    event.preventDefault()
    zoomTo(held, held.get() * Math.exp(-Math.sign(event.deltaY) * Math.min(100, Math.abs(event.deltaY)) / 400), part(event, held.picture.getBoundingClientRect()), event)
  }
  const { frame } = held
  // Not passive: the browser's own scrolling and zooming of the page must not begin.
  frame.addEventListener('touchstart', touched, { passive: false })
  frame.addEventListener('touchmove', moved, { passive: false })
  frame.addEventListener('touchend', ended)
  frame.addEventListener('touchcancel', ended)
  frame.addEventListener('wheel', wheeled, { passive: false })
  return () => {
    frame.removeEventListener('touchstart', touched)
    frame.removeEventListener('touchmove', moved)
    frame.removeEventListener('touchend', ended)
    frame.removeEventListener('touchcancel', ended)
    frame.removeEventListener('wheel', wheeled)
  }
}
