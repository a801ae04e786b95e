import { refused } from './consent'
import { domain } from './settings'
import type { EventBeacon, SearchBeacon } from './wire'

/**
 * Sends a beacon that outlives the page and never delays it; whatever goes wrong stays in here. A string body travels
 * as text/plain, which needs no preflight. No cookies go along, and no Referer (an empty `referrer` is none), which on a
 * page of search results would carry the phrase.
 */
export const send = async (to: string, beacon: Omit<EventBeacon, 'd'> | Omit<SearchBeacon, 'd'>) => {
  try {
    refused() ||
      (await fetch(to, {
        method: 'POST',
        body: JSON.stringify({ d: domain, ...beacon }),
        keepalive: true,
        mode: 'no-cors',
        credentials: 'omit',
        referrer: '',
      }))
  } catch {}
}
