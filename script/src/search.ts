import { path } from './page'
import { send } from './send'
import { phraseNames, searches } from './settings'

// Searches on the site itself. The page works out what happened (a search, a refined one, a result opened) from where
// the reader came from, and sends only the verdict, to its own address, apart from every event and a second or two
// later. The wait also lets a search-as-you-type box come to rest and its results arrive; leaving the page cuts it short.

/** Does this build tell what became of a search? Core only tells that there was one. */
declare const OUTCOMES: boolean

const phraseIn = (url: string) => {
  const { origin, searchParams } = new URL(url)
  return origin == location.origin ? phraseNames.map((name) => searchParams.get(name)).find((value) => value?.trim()) : undefined
}

let before = phraseIn(document.referrer || 'a:') // phrase of the page of this site the reader came from
let timer: ReturnType<typeof setTimeout>

/** Phrase of the page now shown, when it is one of results. */
export let phrase: string | null | undefined

let onward: unknown // something was followed on this page of results that leads on within the site, or it was left once

/** Notes clicks on links of this site, also those that open another tab, and forms that are sent. */
export const note = (event: Event) => {
  onward ||= event.type == 'submit' || (event.composedPath() as HTMLAnchorElement[]).find((node) => node.host == location.host)
}

/**
 * Decides what became of the search and tells it once; also called before the reader moves on, and when the page is
 * `gone`: without a result, without another search, which is as much as a page can know about being left.
 */
export const settle = (gone?: unknown) => {
  if (phrase != before) {
    phrase &&
      send(searches, {
        q: phrase,
        k: 'search',
        n: parseInt(document.querySelector<HTMLElement>('[data-sporlos-results]')?.dataset.sporlosResults!),
      })
    OUTCOMES && before && send(searches, phrase ? { q: before, k: 'refine' } : { q: before, k: 'open', to: path })
  }
  before = phrase
  if (OUTCOMES) {
    gone && phrase && !onward && send(searches, { q: phrase, k: 'leave' })
    onward ||= gone
  }
}

/** Reads the page now shown. Shown again (reload, back, forward), it is not a new search. */
export const look = (again: unknown) => {
  phrase = phraseIn(location.href)
  if (OUTCOMES) onward = 0
  if (again) before = phrase
  clearTimeout(timer)
  timer = setTimeout(settle, 1e3 + Math.random() * 1e3)
}
