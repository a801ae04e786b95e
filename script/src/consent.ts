// Has this visitor said no? Then nothing is sent at all, not even that they said no: the server learns it from the
// Sec-GPC and DNT headers of the request for the script, or from the cookie in it, and keeps a daily count only.

/**
 * The no a visitor asked for, on the collector's page /privacy or with a switch of the site's own (choice.ts): the only
 * cookie there is. It is looked for in this one place and nothing else is read of what is stored here; whoever did not
 * say no has none. Asked again before every beacon, so that a no holds from the moment it is said.
 */
export const no = 'sporlos=no'

/** Every further way of saying no belongs in this one expression. */
export const refused = () =>
  (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl || navigator.doNotTrack == '1' || document.cookie.includes(no)
