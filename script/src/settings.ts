// What the site owner wrote in the script tag. A module script has no `currentScript`, so it is looked up by name. What is wanted in one
// place only stands there: the domain in send.ts, the parameters of searches in page.ts.

export const { dataset: data, src } = (document.currentScript || document.querySelector('script[src*="/w."]')) as HTMLScriptElement

/** Where events go: beside the script, unless `data-api` says otherwise. */
export const events = data.api || src.replace(/[^/]*$/, 'e')

/** Where search phrases go: beside the events. */
export const searches = events.replace(/[^/]*$/, 'q')

/** 1 with `data-hash`: the fragment names the page (`#/about`). */
export const hash = 'hash' in data ? 1 : undefined
