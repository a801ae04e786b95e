// What is said on the wire. The names are those of the Plausible events API, so that its servers, plugins and
// dashboards understand us and we understand theirs. Go reads the same names: beacon/testdata/script holds bodies
// that this script really sent.

/** `POST …/e`. A property that is undefined is left out of the JSON. */
export interface EventBeacon {
  /** Name: `pageview`, `engagement`, or what the site calls it. */
  n: string
  /** URL of the page, without fragment; of a page of search results, without query too. */
  u: URL // a string once it is JSON
  /** Domain the site is registered under. */
  d: string
  /** Referrer without query; empty from the first navigation inside the document on. Not in `engagement`. */
  r?: string
  /** Properties the site chose. */
  p?: Props | undefined
  /** Revenue. */
  $?: Revenue | undefined
  /** `false` when the event must not end a bounce. */
  i?: boolean | undefined
  /** Milliseconds the page was visible and focused since this was last told. */
  e?: number
  /** Deepest scroll, percent of the document's height; a little above 100 where a page springs back at its end. */
  sd?: number
  /** 1 when the fragment is part of the page's address (`data-hash`). */
  h?: 1 | undefined
  /** Version of this wire format. */
  v: 1
}

/** `POST …/q`. Sent apart from every event, never beside one. */
export interface SearchBeacon {
  d: string
  /** The phrase as it was typed. */
  q: string
  /**
   * `search`: results of `q` were shown. What became of them: `refine`, another phrase; `open`, a page; `leave`, neither, and the
   * page of results is gone.
   */
  k: 'search' | 'refine' | 'open' | 'leave'
  /** Number of results, where the page says so in `data-sporlos-results`; otherwise NaN, which is null in JSON. */
  n?: number
  /** Path that was opened, with `open`. */
  to?: string
}

export type Props = Record<string, string | number | boolean>

export interface Revenue {
  amount: number | string
  currency: string
}

/** Second argument of `sporlos(name, options)`. */
export interface Options {
  props?: Props
  revenue?: Revenue
  interactive?: boolean
}
