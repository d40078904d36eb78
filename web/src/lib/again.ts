/** Drawing a page anew when what it shows has changed on the server. */

/** A download begins like a way to another page, and this one stays. */
const AWAY_MS = 10_000
let left = -AWAY_MS

addEventListener('beforeunload', () => (left = performance.now()))

/** Draw the page anew, unless its reader is on the way to another: they would be called back. Returns whether it is. */
export function drawAgain(): boolean {
  if (performance.now() - left < AWAY_MS) return false
  location.reload()
  return true
}
