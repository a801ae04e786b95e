import { refused } from './consent'
import { data, src } from './settings'
import { steps } from './start'
import type { EventBeacon, SearchBeacon } from './wire'

/** Like fetch, in two of the steps: the first request of a page takes the browser long, half of it the making. */
const prepare = (to: string, how: RequestInit) => {
  const request = new Request(to, how)
  steps.unshift(() => fetch(request).catch(() => {}))
}

/**
 * Sends a beacon that outlives the page and never delays it; whatever goes wrong stays in here. Events go beside the script unless
 * `data-api` says otherwise, searches beside the events. A string body travels as text/plain, which needs no preflight. No cookies go
 * along, and no Referer (an empty `referrer` is none), which on a page of search results would carry the phrase.
 */
export const send = async (beacon: Omit<EventBeacon, 'd'> | Omit<SearchBeacon, 'd'>, events = data.api || src.replace(/[^/]*$/, 'e')) => {
  try {
    refused() ||
      (await (EVERYTHING && steps[0] ? prepare : fetch)((beacon as SearchBeacon).q ? events.replace(/[^/]*$/, 'q') : events, {
        method: 'POST',
        body: JSON.stringify({ d: data.domain || location.hostname.replace(/^www\./, ''), ...beacon }),
        keepalive: true,
        mode: 'no-cors',
        credentials: 'omit',
        referrer: '',
      }))
  } catch {}
}
