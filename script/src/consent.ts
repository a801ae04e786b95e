// Has this visitor said no? Then nothing is sent at all, not even that they said no: the server learns it from the
// Sec-GPC and DNT headers of the request for the script, or from the cookie in it, and keeps a daily count only.

/**
 * Every way of saying no, and every further one belongs in this one expression. `sporlos=no` is the no a visitor asked for, on the
 * collector's page /privacy or with a switch of the site's own (choice.ts): the only cookie there is. It is looked for in this one place
 * and nothing else is read of what is stored here; whoever did not say no has none. Asked again before every beacon, so that a no holds
 * from the moment it is said.
 */
export const refused = () =>
  (navigator as unknown as Signals).globalPrivacyControl | (navigator as unknown as Signals).doNotTrack || /sporlos=no/.test(document.cookie)

/** Each a no when it is 1 or true; `|` takes whatever else browsers say here (null, 0, unspecified) as none. */
interface Signals {
  globalPrivacyControl: number
  doNotTrack: number
}
