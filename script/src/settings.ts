// What the site owner wrote in the script tag. A module script has no `currentScript`, so it is looked up by name.

export const { dataset: data, src } = (document.currentScript || document.querySelector('script[src*="/w."]')) as HTMLScriptElement

/** 1 with `data-hash`: the fragment names the page (`#/about`). */
export const hash = 'hash' in data ? 1 : undefined
