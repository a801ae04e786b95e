// What the pages do beyond what a browser does by itself: htmx swaps parts of them, the chart answers the pointer (chart.ts), menus close.
// Everything here is comfort: without it each link and form still leads to the same page.
import htmx from 'htmx.org/dist/htmx.esm.js'
import { draw } from './chart'
import './keys'

declare global {
  interface DocumentEventMap {
    'htmx:after:swap': CustomEvent<{ ctx: { target?: Element } }>
    'htmx:before:request': CustomEvent<{ ctx: { sourceElement: Element } }>
    'htmx:after:request': CustomEvent
    'htmx:error': CustomEvent<{ error?: unknown }>
  }
}

void htmx // started by its import

const menus = () => document.querySelectorAll<HTMLDetailsElement>('details.menu[open]')

function closeMenus(but?: Node): boolean {
  let closed = false
  for (const menu of menus())
    if (!but || !menu.contains(but)) {
      menu.open = false
      closed = true
    }
  return closed
}

document.addEventListener('click', (event) => closeMenus(event.target as Node))
document.addEventListener('focusin', (event) => closeMenus(event.target as Node))
document.addEventListener('keydown', (event) => {
  if (event.key != 'Escape') return
  const menu = (document.activeElement as Element | null)?.closest<HTMLDetailsElement>('details.menu[open]')
  if (closeMenus()) menu?.querySelector('summary')?.focus()
})

// Nobody looks at a hidden page, and nobody wants what was opened to be closed by a page that refreshes itself.
document.addEventListener('htmx:before:request', (event) => {
  const asker = event.detail.ctx.sourceElement
  const polls = asker.getAttribute('hx-trigger')?.startsWith('every')
  const busy = asker.id == 'refresh' && document.querySelector('#view details[open]')
  if (polls && (document.hidden || busy)) event.preventDefault()
})

const offline = (yes: boolean) => {
  const note = document.getElementById('offline')
  if (note) note.hidden = !yes
}
document.addEventListener('htmx:error', () => offline(true))
document.addEventListener('htmx:after:request', () => offline(false))

/** After one panel was swapped alone, every other link and form of the page keeps that panel's tab. */
function carryTab(panel: string) {
  const name = 't.' + panel
  const tab = new URL(location.href).searchParams.get(name)
  const others = `#view :not(#panel-${panel} *)`
  for (const link of document.querySelectorAll(`${others}:is(a)`)) {
    const href = link.getAttribute('href')
    if (!href || href[0] == '#') continue // links of the map and the chart are of SVG, and have no property href that is a text
    const url = new URL(href, location.href)
    if (tab) url.searchParams.set(name, tab)
    else url.searchParams.delete(name)
    link.setAttribute('href', url.pathname + url.search)
  }
  for (const form of document.querySelectorAll<HTMLFormElement>(`${others}:is(form)`)) {
    form.querySelector(`input[name="${name}"]`)?.remove()
    if (tab) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value: tab }))
  }
}

// While a filter's value or the name of a property is typed, those that there are are suggested.
let asked: AbortController | undefined
async function suggest(input: HTMLInputElement) {
  const fields = input.form?.elements as (HTMLFormControlsCollection & Record<string, HTMLInputElement>) | undefined
  const list = input.list
  if (!fields || !list?.dataset.from) return
  asked?.abort()
  asked = new AbortController()
  const url = new URL(list.dataset.from, location.href)
  if (input.name == 'fk') url.searchParams.set('key', input.value)
  else for (const [name, value] of [['fd', fields.fd?.value], ['fk', fields.fk?.value], ['text', input.value]] as const) url.searchParams.set(name, value ?? '')
  try {
    const answer = await fetch(url, { signal: asked.signal })
    if (answer.ok) list.innerHTML = await answer.text()
  } catch {} // another letter was typed, or the server is away: then nothing is suggested
}
for (const kind of ['focusin', 'input'])
  document.addEventListener(kind, (event) => {
    const input = event.target
    if (input instanceof HTMLInputElement && (input.name == 'fv' || input.name == 'fk')) void suggest(input)
  })

let title = document.title
function shown(event: CustomEvent<{ ctx: { target?: Element } }>) {
  const target = event.detail.ctx.target
  const panel = target?.id.match(/^panel-(.+)/)?.[1]
  if (panel) return carryTab(panel)
  if (target?.id == 'live') return // the count of visitors now comes while somebody writes into a form
  for (const form of document.querySelectorAll<HTMLFormElement>('#view form')) form.reset() // what was sent would stay where the page has something else now
  draw()
  const said = document.getElementById('said')
  if (said && document.title != title) said.textContent = title = document.title
}

document.addEventListener('htmx:after:swap', shown)
draw()

// What can be copied has a button for it, where the browser lets a page copy.
for (const button of navigator.clipboard ? document.querySelectorAll<HTMLButtonElement>('button[data-copy]') : []) {
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.parentElement?.querySelector('code')?.textContent ?? '')
    button.textContent = '✓'
    setTimeout(() => (button.textContent = button.dataset.copy || ''), 1500)
  })
}
