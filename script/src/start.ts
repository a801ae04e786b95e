import { type Call, stub } from './stub'
import { refused } from './consent'
import { open, referrer, tell } from './page'
import { countable } from './settings'

export const track = ([name, options]: Call) =>
  tell(name, { r: referrer, p: options?.props, $: options?.revenue, i: options?.interactive })

/**
 * Starts once a page that may be counted is shown for the first time: not while it is prerendered, nor in a tab that was
 * opened in the background and never looked at. `also` is what else to watch for.
 */
export const start = (also?: () => void) => {
  if (stub.l || !countable || refused()) return
  stub.l = 1
  const begin = () => {
    open()
    stub.q?.forEach(track)
    stub.q = { push: track } as unknown as Call[]
    also?.()
  }
  document.hidden ? addEventListener('visibilitychange', begin, { once: true }) : begin()
}
