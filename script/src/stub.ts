import type { Options } from './wire'

export type Call = [name: string, options?: Options]

interface Stub {
  (...call: Call): void
  /** Calls that wait. Once we started, pushing one sends it. */
  q?: Call[]
  /** Loaded: a second script on the page does nothing. */
  l?: 1
}

declare global {
  interface Window {
    sporlos?: Stub
  }
}

/** `window.sporlos`, the page's own stub or this one. First of all, so that calls are harmless whatever comes after. */
export const stub: Stub = (window.sporlos ||= (...call) => (stub.q ||= []).push(call))
