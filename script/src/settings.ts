// What the site owner wrote in the script tag. A module script has no `currentScript`, so it is looked up by name.

export const { dataset: data, src } = (document.currentScript || document.querySelector('script[src*="/w."]')) as HTMLScriptElement

/** Where events go: beside the script, unless `data-api` says otherwise. */
export const events = data.api || src.replace(/[^/]*$/, 'e')

/** Where search phrases go: beside the events. */
export const searches = events.replace(/[^/]*$/, 'q')

export const domain = data.domain || location.hostname.replace(/^www\./, '')

/** 1 with `data-hash`: the fragment names the page (`#/about`). */
export const hash = 'hash' in data ? 1 : undefined

/** Names of query parameters that hold a search phrase; only one without letters for `data-search=""` and `data-search="off"`. */
export const phraseNames = (data.search ?? 'q,query,k,keyword,s,search,searchword,sok,sokeord,s\xf8k,s\xf8keord').split(/^off$|,/)
