// Keyboard shortcuts, as the sheet `?` opens lists them. Each does what a link of the page does, so there is nothing that only keys can do.
// They are silent while something is typed or a modifier is held, and can be switched off (WCAG 2.1.4), which this browser remembers.
const periods: Record<string, string> = { d: 'today', e: 'yesterday', w: '7d', t: '28d', m: 'month', y: '12mo' }
const places: Record<string, string> = { o: '', r: '/realtime', g: '/goals', j: '/journeys', n: '/newsletters', s: '/settings' }

const sheet = () => document.querySelector<HTMLDialogElement>('dialog#keys')
const off = () => localStorage.getItem('keys') == 'off'
const link = (selector: string, is: (url: URL) => boolean) => [...document.querySelectorAll<HTMLAnchorElement>(selector)].find((a) => is(new URL(a.href)))

function find() {
  const search = document.querySelector<HTMLElement>('#view input[type="search"]')
  if (search) return search.focus()
  const menu = document.querySelector<HTMLDetailsElement>('#add-filter')
  if (!menu) return
  menu.open = true
  menu.querySelector<HTMLElement>('select, input:not([type="hidden"])')?.focus()
}

function go(key: string) {
  const home = location.pathname.split('/', 2).join('/')
  if (key in places) link('.switch a', (url) => url.pathname == home + places[key])?.click()
}

/** Goes where an arrow leads. */
function follow(id: string) {
  const arrow = document.getElementById(id)
  if (arrow instanceof HTMLAnchorElement) location.assign(arrow.href)
}

function act(key: string) {
  if (key == '?') sheet()?.showModal()
  else if (key == '/') find()
  else if (key == 'ArrowLeft') follow('period-previous')
  else if (key == 'ArrowRight') follow('period-next')
  else if (key in periods) link('#period .sheet a', (url) => (url.searchParams.get('period') ?? (url.searchParams.has('from') ? '' : '28d')) == periods[key])?.click()
  else return false
  return true
}

let leading = 0 // when g was pressed; what follows within two seconds is a place

document.addEventListener('keydown', (event) => {
  const at = event.target as HTMLElement
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || event.defaultPrevented || off()) return
  const left = at.closest('dialog:not([open])') // the browser takes the focus out of a sheet some time after it was closed
  if (!left && (at.isContentEditable || at.closest('input, select, textarea, dialog, details.menu[open]'))) return
  if (event.key.startsWith('Arrow') && at.closest('[role="region"]')) return // they scroll it
  if (Date.now() - leading < 2000) {
    leading = 0
    return go(event.key)
  }
  if (event.key == 'g') leading = Date.now()
  else if (act(event.key)) event.preventDefault() // not also typed into what is focused now
})

const button = document.getElementById('keys-open')
const on = document.querySelector<HTMLInputElement>('#keys-on')
if (button && on) {
  button.hidden = false
  button.addEventListener('click', () => sheet()?.showModal())
  // The button is in a menu that has closed meanwhile, so that the browser cannot give it the focus back.
  sheet()?.addEventListener('close', () => {
    if (sheet()?.contains(document.activeElement)) button.closest('details')?.querySelector('summary')?.focus()
  })
  on.checked = !off()
  on.addEventListener('change', () => (on.checked ? localStorage.removeItem('keys') : localStorage.setItem('keys', 'off')))
}
