import { send } from './send'
import { data, hash } from './settings'
import { steps } from './start'
import type { Call } from './stub'

// The page being looked at: when it begins, when another takes its place inside the same document, how long and how far
// it is read, what is searched on it. These share what they know, and so they share a file: every function that only
// carries something from one module to another is paid for by each visitor.

/** Address of the page last counted; undefined until one was. */
export let url: URL
let here: URL // the address now shown
let path: string // its path, with the fragment when that names the page

// Where the visitor came from is true for what happens until the first navigation inside the document. After that the
// visitor came from this site, and repeating the old referrer would credit it with visits it did not bring.
let referrer: string

// How long the page was looked at and how far it was read. Time runs while the page is visible and focused. Nothing
// is measured while the page loads: heights are read when it is scrolled (an event that fires at most once a frame)
// and when it is left.

let since: number | false // when the running stretch of attention began, milliseconds since the document began
let spent: number // milliseconds of attention not yet told
let depth: number // deepest scroll, percent of the document's height
let told: number // the depth last told

/** Adds up attention so far and goes on, or not, as visibility and focus are now. */
export const clock = (_?: unknown, now = performance.now()) => {
  spent += (since && now - since) as number
  since = !document.hidden && document.hasFocus() && now
}

export const measure = () => {
  depth = Math.max(depth, (((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100 + 0.5) | 0)
}

/** Tells what is new since the last time: at least three more seconds, or a deeper scroll. */
export const report = () => {
  clock()
  measure()
  if (depth > told || spent > 3e3) {
    send({ u: url, h: hash, v: 1, n: 'engagement', e: spent | 0, sd: (told = depth) })
    spent = 0
  }
}

// Searches on the site itself. The page works out what happened (a search, a refined one, a result opened) from where
// the reader came from, and sends only the verdict, to its own address, apart from every event and a second or two
// later. The wait also lets a search-as-you-type box come to rest and its results arrive; leaving the page cuts it short.

let before: string | null | false | undefined // phrase of the page of this site the reader came from
let phrase: typeof before // of the page now shown, when it is one of results
let timer: ReturnType<typeof setTimeout>
let onward: unknown // something was followed on this page of results that leads on within the site, or it was left once

/** Notes whether what was just clicked or sent `leads` on within this site. */
export const note = (leads: unknown) => {
  onward ||= leads
}

/** Decides what became of the search and tells it once; also called before the reader moves on. */
export const settle = () => {
  if (phrase != before) {
    if (EVERYTHING) {
      const results = document.querySelector<HTMLElement>('[data-sporlos-results]')?.dataset.sporlosResults
      phrase && send({ q: phrase, k: 'search', n: parseInt(results!) })
      before && send(phrase ? { q: before, k: 'refine' } : { q: before, k: 'open', to: path })
    } else phrase && send({ q: phrase, k: 'search' })
  }
  before = phrase
}

/** The page is gone: without a result, without another search, which is as much as a page can know about being left. */
export const left = () => {
  phrase && !onward && send({ q: phrase, k: 'leave' })
  onward = 1
}

export const track = ([name, options]: Call) =>
  send({ u: url, h: hash, v: 1, n: name, r: referrer, p: options?.props, $: options?.revenue, i: options?.interactive })

/** Counts the page now shown; attention starts over. */
export const view = () => {
  referrer = url ? '' : document.referrer.split('?')[0]!
  url = here
  clock()
  spent = depth = told = 0
  track(['pageview'])
}

/**
 * A page is shown at an `address`: when that changes inside the document, or it `replaces` another there, or at first. Shown `again` it is
 * no new search. While there are steps to be taken it waits for its turn, so that an app which opens several pages at once has each of
 * them counted.
 */
export const shown = (again?: unknown, replaces?: unknown, address = location.href) => {
  const look = () => {
    replaces || settle()
    here = new URL(address)
    phrase =
      (!EVERYTHING || here.origin == origin) && // another site's is none; the core never tells more of it than that it is no new one here
      (data.search ?? 'q,query,k,keyword,s,search,searchword,sok,sokeord,s\xf8k,s\xf8keord')
        .split(/^off$|,/)
        .map((name) => here.searchParams.get(name))
        .find((value) => value?.trim())
    if (phrase) here.search = ''
    if (!hash) here.hash = ''
    if (EVERYTHING) onward = 0
    if (again) before = phrase
    clearTimeout(timer)
    timer = setTimeout(settle, Math.random() * 1e3 + 1e3)
    if (path != (path = here.pathname + here.hash) && url) {
      report()
      view()
    }
  }
  steps[0] ? steps.push(look) : url && look()
}
