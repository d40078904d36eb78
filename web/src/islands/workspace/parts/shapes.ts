/** Boxes and outlines on a picture, in hundred-thousandths of its width and height. */
import { FULL, type Box, type Outline, type Point } from '../../../lib/label/values.ts'

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value)))

/** The box between two corners, at least one unit wide and high. */
export function boxBetween(a: Point, b: Point): Omit<Box, 'label'> {
  const [x, y] = [Math.min(a[0], b[0], FULL - 1), Math.min(a[1], b[1], FULL - 1)]
  return { x, y, width: Math.max(1, Math.max(a[0], b[0]) - x), height: Math.max(1, Math.max(a[1], b[1]) - y) }
}

/** The box moved, kept inside the picture. */
export const boxMoved = (box: Box, dx: number, dy: number): Pick<Box, 'x' | 'y'> => ({ x: clamp(box.x + dx, FULL - box.width), y: clamp(box.y + dy, FULL - box.height) })

/** The outline moved as a whole, kept inside the picture. */
export function outlineMoved(outline: Outline, dx: number, dy: number): Pick<Outline, 'points'> {
  const within = (axis: 0 | 1, by: number): number => {
    const all = outline.points.map((point) => point[axis])
    return Math.round(Math.max(-Math.min(...all), Math.min(FULL - Math.max(...all), by)))
  }
  const [x, y] = [within(0, dx), within(1, dy)]
  return { points: outline.points.map(([px, py]) => [px + x, py + y] as const) }
}

/** A place on the screen as a place on the picture, kept inside it. */
export function place(event: { clientX: number; clientY: number }, picture: DOMRect): Point {
  return [clamp(((event.clientX - picture.left) / picture.width) * FULL, FULL), clamp(((event.clientY - picture.top) / picture.height) * FULL, FULL)]
}
