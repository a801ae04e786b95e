import { note, track } from './page'
import type { Props } from './wire'

// What visitors do with links, forms and whatever wears `data-sporlos-event`. Listens while the event is captured, so
// that a page that stops its propagation does not hide it, and walks the composed path, so that links inside shadow
// trees and around other elements are found. Names are Plausible's; URLs go without query, which may hold anything.

const files = /\.(pdf|docx?|xlsx?|pp[st]x?|od[pst]|key|txt|rtf|csv|zip|rar|7z|gz|exe|dmg|pkg|avi|mov|mp[34]|mpeg|wmv|wma|wav|midi)$/i

/** A click, by any button, or a form that is sent. */
export const acted = (event: Event) => {
  const sent = event.type == 'submit'
  const path = (sent ? [event.target] : event.composedPath()) as HTMLAnchorElement[]
  // Only links have a path and a host; mailto: and its like have no host.
  const link = path.find((node) => node.pathname && node.host)
  const marked = path.find((node) => node.dataset?.sporlosEvent)
  const stays = link?.host == location.host
  note(sent || stays)
  // auxclick is every other button; the middle one opens links.
  if ((event as MouseEvent).button > 1) return
  const props: Props = link ? { url: link.origin + link.pathname } : {}
  let name: string | false | undefined
  if (marked) {
    // A form is counted when it is submitted.
    name = sent == marked.matches('form') && marked.dataset.sporlosEvent
    for (const { name, value } of marked.attributes) {
      const key = name.split('data-sporlos-event-')[1]
      if (key) props[key] = value
    }
  } else if (sent) {
    name = 'Form: Submission'
    props.path = location.pathname
  } else if (link) name = stays ? files.test(link.pathname) && 'File Download' : 'Outbound Link: Click'
  name && track([name, { props }])
}
