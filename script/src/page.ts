import { attend, clock, measure, report } from './engagement'
import { look, phrase, settle } from './search'
import { send } from './send'
import { events, hash } from './settings'
import type { EventBeacon } from './wire'

// The page being looked at: when it begins, when another takes its place inside the same document, when it is left.

/** Path of the page last counted, with the fragment when that names the page. */
export let path: string
let url: string

// Where the visitor came from is true for what happens until the first navigation inside the document. After that the
// visitor came from this site, and repeating the old referrer would credit it with visits it did not bring.
export let referrer: string

export const tell = (n: string, more: Partial<EventBeacon>) => send(events, { n, u: url, h: hash, v: 1, ...more })

const fragment = () => (hash ? location.hash : '')

const place = () => location.pathname + fragment()

const view = (from = '') => {
  referrer = from
  path = place()
  url = location.href.split(phrase ? /[?#]/ : '#')[0] + fragment()
  attend()
  tell('pageview', { r: referrer })
}

/**
 * After the address changed inside the document. The same path is the same page. A page that was replaced has not been
 * left, so its search is not settled yet; one that came `back` through the history is no new search.
 */
const moved = (back: unknown, replaced?: unknown) => {
  replaced || settle()
  look(back)
  if (place() != path) {
    report()
    view()
  }
}

const follow = (method: 'pushState' | 'replaceState', replaces?: 1) => {
  const original = history[method]
  history[method] = function (...args) {
    original.apply(this, args)
    moved(0, replaces)
  }
}

const leave = ({ type }: Event) => {
  settle(type == 'pagehide')
  report()
}

/** Counts the page and goes on watching it. */
export const open = () => {
  look(performance.navigation?.type) // 0 is a plain navigation, everything else shows a page again
  view(document.referrer.split('?')[0])
  follow('pushState')
  follow('replaceState', 1)
  addEventListener('popstate', moved)
  addEventListener('pageshow', (event) => event.persisted && view())
  addEventListener('visibilitychange', leave) // shown again, there is nothing new to tell, and the clock goes on
  addEventListener('pagehide', leave)
  addEventListener('focus', clock)
  addEventListener('blur', clock)
  addEventListener('scroll', measure)
}
