// What the site owner wrote in the script tag. A module script has no `currentScript`, so it is looked up by name.

const tag = (document.currentScript || document.querySelector('script[type=module][src*="/w."]')) as HTMLScriptElement
const data = tag.dataset

const lastSegment = /[^/]*$/

/** Where events go: beside the script, unless `data-api` says otherwise. */
export const events = data.api || tag.src.replace(lastSegment, 'e')

/** Where search phrases go: beside the events. */
export const searches = events.replace(lastSegment, 'q')

export const domain = data.domain || location.hostname.replace(/^www\./, '')

/** 1 with `data-hash`: the fragment names the page (`#/about`). */
export const hash = 'hash' in data ? 1 : undefined

/** Names of query parameters that hold a search phrase; none for `data-search=""` and `data-search="off"`. */
const names = data.search ?? 'q,query,s,search,sok,sokeord,s\xf8k,s\xf8keord,searchword,keyword,k'
export const phraseNames = names == 'off' ? [] : names.split(',')

/** Is this a page to count? Not a local file, nor one in development, unless `data-local` asks for it. */
export const countable = 'local' in data || !/^$|(^|\.)localhost$|^127\.|^\[::1]$/.test(location.hostname)
