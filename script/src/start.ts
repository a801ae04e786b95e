import { stub } from './stub' // first of all, so that calls are harmless whatever comes after
import { acted } from './clicks'
import { refused } from './consent'
import { clock, measure, report, settle, shown, track, url, view } from './page'
import { data } from './settings'

/**
 * Counts the page when it is shown for the first time (not while it is prerendered, nor in a tab opened in the background
 * and never looked at) and goes on watching it. After that: it is hidden or left. Shown again there is nothing new to
 * tell, and the clock goes on.
 */
const turn = (event?: Event) => {
  if (url) {
    settle(event)
    report()
  } else if (!document.hidden) {
    shown(performance.navigation?.type, 1) // 0 is a plain navigation, everything else shows a page again
    ;(['pushState', 'replaceState'] as const).map((method, replaces) => {
      const original = history[method]
      history[method] = function (...args) {
        original.apply(this, args)
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
    ;(stub.q ||= []).map(track)
    stub.q.push = track as never
  }
}

// Local files and pages in development are not counted, unless `data-local` asks for it.
if (!stub.l && ('local' in data || !/\blocalhost$|^(127\.|\[::1]|$)/.test(location.hostname)) && !refused()) {
  stub.l = 1
  addEventListener('visibilitychange', turn)
  turn()
}
