// The switch on a site's own policy page: a button with `data-sporlos-optout="Count me again"`, whose own text is what
// it says while the visitor is counted. It works where the collector's page /privacy cannot reach the site. Pages without
// such a button have no use for this script.

const no = 'sporlos=no' // what consent.ts looks for
const year = 365 * 24 * 60 * 60

/** The site's domain where the cookie may be of it, so that every host of the site sees it; otherwise this host alone. */
const wide = () => {
  const domain = ((document.currentScript as HTMLScriptElement)?.dataset.domain ?? '').split(/[/:,]/)[0]!
  return domain.includes('.') && `.${location.hostname}`.endsWith(`.${domain}`) ? [`;domain=${domain}`] : []
}

const domains = wide()
const secure = location.protocol == 'https:' ? ';secure' : ''

const chosen = () => document.cookie.includes(no)

const write = (value: string, age: number, domain: string) => {
  document.cookie = `${value};path=/;max-age=${age};samesite=lax${secure}${domain}`
}

const choose = () => {
  if (chosen()) for (const domain of ['', ...domains]) write('sporlos=', 0, domain)
  else write(no, year, domains[0] ?? '')
}

const other = 'data-sporlos-optout'

for (const button of document.querySelectorAll<HTMLElement>(`[${other}]`)) {
  const says = [button.textContent!, button.getAttribute(other)!]
  const show = () => {
    button.textContent = says[chosen() ? 1 : 0]!
  }
  button.addEventListener('click', () => {
    choose()
    show()
  })
  show()
}
