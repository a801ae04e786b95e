import { refused } from './consent'
import { open, referrer, tell } from './page'
import { countable } from './settings'
import type { Options } from './wire'

type Call = [name: string, options?: Options]

/** `window.sporlos`: the stub of the snippet. It queues calls until we start, then its queue passes them on. */
interface Stub {
  (...call: Call): void
  q?: Call[]
  /** Loaded: a second script on the page does nothing. */
  l?: 1
}

declare global {
  interface Window {
    sporlos?: Stub
  }
}

export const track = (name: string, options?: Options) =>
  tell(name, { r: referrer, p: options?.props, $: options?.revenue, i: options?.interactive })

/**
 * Starts once a page that may be counted is shown for the first time: not while it is prerendered, nor in a tab that was
 * opened in the background and never looked at. `also` is what else to watch for.
 */
export const start = (also?: () => void) => {
  const stub: Stub = (window.sporlos ||= (...call) => (stub.q ||= []).push(call))
  if (stub.l || !countable || refused()) return
  stub.l = 1
  const begin = () => {
    open()
    const pass = (call: Call) => void track(...call)
    stub.q?.forEach(pass)
    stub.q = { push: pass } as unknown as Call[]
    also?.()
  }
  document.hidden ? addEventListener('visibilitychange', begin, { once: true }) : begin()
}
