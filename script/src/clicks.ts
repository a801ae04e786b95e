import { note } from './search'
import { track } from './start'
import type { Props } from './wire'

// What visitors do with links, forms and whatever wears `data-sporlos-event`. Listens while the event is captured, so
// that a page that stops its propagation does not hide it, and walks the composed path, so that links inside shadow
// trees and around other elements are found. Names are Plausible's; URLs go without query, which may hold anything.

const files = /\.(pdf|docx?|xlsx?|pp[st]x?|od[pst]|key|txt|rtf|csv|zip|rar|7z|gz|exe|dmg|pkg|avi|mov|mp[34]|mpeg|wmv|wma|wav|midi)$/i

const marked = (path: EventTarget[]) => (path as HTMLElement[]).find((node) => node.dataset?.sporlosEvent)

const trackMarked = (element: HTMLElement, props: Props) => {
  for (const { name, value } of element.attributes) {
    const key = name.split('data-sporlos-event-')[1]
    if (key) props[key] = value
  }
  track([element.dataset.sporlosEvent!, { props }])
}

const clicked = (event: MouseEvent) => {
  // auxclick is every other button; the middle one opens links.
  if (event.button > 1) return
  const path = event.composedPath()
  // Only links have a path and a host; mailto: and its like have no host.
  const link = (path as HTMLAnchorElement[]).find((node) => node.pathname && node.host)
  const element = marked(path)
  const props: Props = link ? { url: link.origin + link.pathname } : {}
  if (element) {
    // A form is counted when it is submitted.
    element.matches('form') || trackMarked(element, props)
  } else if (link)
    if (link.host != location.host) track(['Outbound Link: Click', { props }])
    else if (files.test(link.pathname)) track(['File Download', { props }])
}

const submitted = (event: SubmitEvent) => {
  const form = marked([event.target!])
  form ? trackMarked(form, {}) : track(['Form: Submission', { props: { path: location.pathname } }])
}

export const watchClicks = () => {
  addEventListener('click', note, true)
  addEventListener('auxclick', note, true)
  addEventListener('submit', note, true)
  addEventListener('click', clicked, true)
  addEventListener('auxclick', clicked, true)
  addEventListener('submit', submitted, true)
}
