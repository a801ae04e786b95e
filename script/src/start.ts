import { stub } from './stub' // first of all, so that calls are harmless whatever comes after
import { acted } from './clicks'
import { refused } from './consent'
import { clock, left, measure, report, settle, shown, track, view } from './page'
import { data } from './settings'

/** Still to be taken. The first is a no, which holds for good, whatever is said while this page is open. */
export let steps: (() => unknown)[] = [() => refused() && (steps = [])]

let begun: unknown // taking them

/** Takes the next step and comes again, until one fails or, at last, is not there. */
const step = () => {
  try {
    steps.shift()!()
    setTimeout(step)
  } catch {
    steps = []
  }
}

/**
 * When the page is shown for the first time (not while it is prerendered, nor in a tab opened in the background and never looked at) it is
 * counted, and watched from then on. That is done in tasks of their own, so that whatever its visitor does never waits for all of it: on a
 * slow phone the browser takes some milliseconds each for the first cookie, the first URL, the first request. After that: the page is
 * hidden or left, which waits for nothing. Shown again there is nothing new to tell, and the clock goes on.
 */
const turn = (event?: Event) => {
  if (begun) {
    while (steps[0]) step()
    settle()
    EVERYTHING && event?.type == 'pagehide' && left()
    report()
  } else if (!document.hidden) {
    begun = setTimeout(step)
    shown(0, 1) // it may have changed while nobody looked
    addEventListener('popstate', shown)
    ;(['pushState', 'replaceState'] as const).map((method, replaces) => {
      const original = history[method]
      history[method] = (...args) => shown(original.apply(history, args), replaces)
    })
  }
}

// Local files and pages in development are not counted, unless `data-local` asks for it.
if (!stub.l && ('local' in data || !/^$|^127\.|:1]|localhost$/.test(location.hostname))) {
  stub.l = 1
  shown(1, 1, document.referrer || origin) // the page the reader came from
  shown(performance.navigation?.type, 1) // 0 is a plain navigation, everything else shows a page again
  steps.push(view, () => {
    addEventListener('pageshow', (event) => event.persisted && view())
    addEventListener('scroll', measure)
    if (EVERYTHING) {
      addEventListener('click', acted, true)
      addEventListener('auxclick', acted, true)
      addEventListener('submit', acted, true)
    }
    stub.q?.map(track)
    stub.q = { push: track } as never
  })
  addEventListener('focus', clock)
  addEventListener('blur', clock)
  addEventListener('visibilitychange', turn)
  EVERYTHING && addEventListener('pagehide', turn) // by now every browser also says that a page that is left is hidden
  turn()
}
