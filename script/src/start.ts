import { stub } from './stub' // first of all, so that calls are harmless whatever comes after
import { acted } from './clicks'
import { refused } from './consent'
import { clock, here, measure, report, settle, shown, track, url, view } from './page'
import { data } from './settings'

let looked: unknown // whether the visitor may be counted

/**
 * Looks at the page when it is shown for the first time (not while it is prerendered, nor in a tab opened in the background
 * and never looked at), counts it, and goes on watching it. After that: it is hidden or left. Shown again there is nothing
 * new to tell, and the clock goes on.
 *
 * What there is to do at first comes in tasks of their own, so that none keeps the page waiting for long: the cookie is looked
 * at, for which the browser waits for another of its processes; then whatever is heard from now on is set up, then the first
 * beacon is sent. A page left before that is counted as it goes.
 */
const turn = (event?: Event) => {
  try {
    if (url) {
      settle(event)
      report()
    } else if (here) {
      view()
      ;(stub.q ||= []).map(track)
      stub.q.push = track as never
    } else if (!document.hidden && !refused()) {
      if (looked) {
        shown(performance.navigation?.type) // 0 is a plain navigation, everything else shows a page again
        ;(['pushState', 'replaceState'] as const).map((method, replaces) => {
          const original = history[method]
          history[method] = (...args) => {
            original.apply(history, args)
            shown(0, replaces)
          }
        })
        addEventListener('pageshow', (event) => event.persisted && view())
        addEventListener('pagehide', turn)
        addEventListener('focus', clock)
        addEventListener('blur', clock)
        addEventListener('scroll', measure)
        addEventListener('popstate', shown)
        if (EVERYTHING) {
          addEventListener('click', acted, true)
          addEventListener('auxclick', acted, true)
          addEventListener('submit', acted, true)
        }
      }
      looked = setTimeout(turn)
    }
  } catch {}
}

// Local files and pages in development are not counted, unless `data-local` asks for it.
if (!stub.l && ('local' in data || !/\blocalhost$|^(127\.|\[::1]|$)/.test(location.hostname))) {
  stub.l = 1
  addEventListener('visibilitychange', turn)
  setTimeout(turn)
}
