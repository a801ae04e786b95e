import { tell } from './page'

// How long the page was looked at and how far it was read. Time runs while the page is visible and focused. Nothing
// is measured while the page loads: heights are read when it is scrolled (an event that fires at most once a frame)
// and when it is left.

let since = 0 // when the running stretch of attention began, milliseconds since the document began; 0 when it stopped
let spent = 0 // milliseconds of attention not yet told
let depth = 0 // deepest scroll, percent of the document's height
let told = 0 // the depth last told

/** Adds up attention so far and goes on, or not, as visibility and focus are now. */
export const clock = () => {
  const now = performance.now()
  spent += since && now - since
  since = document.hidden || !document.hasFocus() ? 0 : now
}

export const measure = () => {
  const here = Math.round(((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100)
  depth = Math.min(100, Math.max(depth, here))
}

/** Starts over for a page that has just been counted. */
export const attend = () => {
  spent = since = depth = told = 0
  clock()
}

/** Tells what is new since the last time: at least three more seconds, or a deeper scroll. */
export const report = () => {
  clock()
  measure()
  if (depth > told || spent >= 3e3) {
    tell('engagement', { e: spent | 0, sd: (told = depth) })
    spent = 0
  }
}
