import { expect, snippet, test } from './site'

const stub = '<script>window.sporlos=window.sporlos||function(){(sporlos.q=sporlos.q||[]).push(arguments)}</script>'
const noNavigation = '<script>addEventListener("click", (event) => event.target.closest("button") || event.preventDefault()); addEventListener("submit", (event) => event.preventDefault())</script>'

const custom = (body: any) => body.n != 'pageview' && body.n != 'engagement'

test('custom events, before and after the script came', async ({ page, site }) => {
  site.page('/', `${stub}<script>var early = sporlos; sporlos('Early', { props: { plan: 'x' } })</script>${snippet}`)
  await page.goto(site.url('/'), { referer: site.url('/', 'elsewhere.org') })
  await expect.poll(site.names).toEqual(['pageview', 'Early'])
  await page.evaluate(() => {
    const { sporlos, early } = window as any
    sporlos('Buy', { props: { plan: 'x', seats: 2, trial: false }, revenue: { amount: 9.5, currency: 'NOK' }, interactive: false })
    early('Late')
    const circle: any = {}
    circle.circle = circle
    sporlos('Circle', { props: circle }) // lost, silently
    sporlos('Null', null)
  })
  const of = (n: string) => ({ n, u: site.url('/'), d: 'example.org', r: site.url('/', 'elsewhere.org'), v: 1 })
  await site.expect(() => site.events(custom).sort((a, b) => (a.n < b.n ? -1 : 1)), [
    { ...of('Buy'), p: { plan: 'x', seats: 2, trial: false }, $: { amount: 9.5, currency: 'NOK' }, i: false },
    { ...of('Early'), p: { plan: 'x' } },
    of('Late'),
    of('Null'),
  ])
  site.vector('custom', site.events(({ n }) => n == 'Buy')[0])
})

test('marked elements', async ({ page, site }) => {
  site.page('/', `${snippet}${noNavigation}
    <button id=button data-sporlos-event="Signup" data-sporlos-event-plan="x" data-sporlos-event-Plan-Type="Y"><svg id=icon width=9 height=9><rect id=rect width=9 height=9 /></svg>Sign up</button>
    <a id=link data-sporlos-event="Partner" href="http://elsewhere.org/partner?id=1#x">out</a>
    <a id=mail data-sporlos-event="Mail" href="mailto:someone@example.org">mail</a>
    <form id=form data-sporlos-event="Order" data-sporlos-event-kind="b2b" action="/order"><input id=input name=action><button id=send>Send</button></form>`)
  await page.goto(site.url('/'))
  for (const id of ['button', 'rect', 'link', 'mail', 'input', 'send']) await page.click('#' + id)
  const signup = ['Signup', { plan: 'x', 'plan-type': 'Y' }]
  await site.expect(() => site.events(custom).map(({ n, p }) => [n, p]), [
    signup,
    signup,
    ['Partner', { url: 'http://elsewhere.org/partner' }],
    ['Mail', {}],
    ['Order', { kind: 'b2b' }],
  ])
  site.vector('marked', site.events(custom)[0])
})

test('outbound links and downloads', async ({ page, site }) => {
  site.page('/', `${snippet}${noNavigation}
    <a href="http://elsewhere.org/a?token=1#b"><b id=out>out</b></a> <a id=www href="http://www.example.org/">www</a>
    <a href="/files/Report.PDF?v=1" id=file>file</a> <a id=far href="http://elsewhere.org/far.zip">far</a>
    <a id=inside href="/inside">inside</a> <a id=pdf href="/about.pdf/page">page</a> <a id=mail href="mailto:a@b.org">mail</a>
    <a id=tel href="tel:123">tel</a> <a id=js href="javascript:void 0">js</a> <a id=none>none</a> <button id=nothing>b</button>
    <map name=m><area id=area shape=rect coords="0,0,50,50" href="http://elsewhere.org/area"></map><img usemap="#m" width=50 height=50>`)
  await page.goto(site.url('/'))
  for (const id of ['out', 'www', 'file', 'far', 'inside', 'pdf', 'mail', 'tel', 'js', 'none', 'nothing'])
    await page.click('#' + id)
  await page.click('img')
  await site.expect(() => site.events(custom).map(({ n, p }) => [n, p.url.replace(`:${site.port}`, '')]), [
    ['Outbound Link: Click', 'http://elsewhere.org/a'],
    ['Outbound Link: Click', 'http://www.example.org/'],
    ['File Download', 'http://example.org/files/Report.PDF'],
    ['Outbound Link: Click', 'http://elsewhere.org/far.zip'],
    ['Outbound Link: Click', 'http://elsewhere.org/area'],
  ])
  site.vector('outbound', site.events(custom)[0])
  site.vector('download', site.events(custom)[2])
})

test('every way to follow a link', async ({ page, context, site }) => {
  site.page('/', `${snippet}<a id=a href="http://elsewhere.org:${site.port}/">out</a> <div id=host></div>
    <a id=stopped href="http://elsewhere.org:${site.port}/stopped" onclick="event.stopImmediatePropagation()">stopped</a>
    <script>host.attachShadow({ mode: 'open' }).innerHTML = '<a id=deep href="http://elsewhere.org:${site.port}/deep"><i>deep</i></a>'</script>`)
  await page.goto(site.url('/'))
  const clicks = () => site.events(custom).length
  await page.click('#a', { button: 'middle' })
  await expect.poll(clicks).toBe(1)
  await page.click('#a', { modifiers: ['Control'] })
  await expect.poll(clicks).toBe(2)
  await page.click('#a', { button: 'right' })
  await page.locator('#host').locator('i').click({ modifiers: ['Control'] })
  await expect.poll(clicks).toBe(3)
  await page.focus('#stopped')
  await page.keyboard.press('Enter') // leaves the page
  await page.waitForURL('**/stopped')
  await site.expect(clicks, 4)
  expect(site.events(custom).map(({ n, p }) => n + new URL(p.url).pathname)).toEqual(['/', '/', '/deep', '/stopped'].map((path) => 'Outbound Link: Click' + path))
  await Promise.all(context.pages().map((open) => open.close()))
})

test('forms', async ({ page, site }) => {
  site.page('/contact', `${snippet}<form id=form action="/thanks"><input name=email required type=email><button>Send</button></form>`)
  await page.goto(site.url('/contact?x=1'))
  await page.click('button') // not valid: not sent
  await page.fill('input', 'someone@example.org')
  await page.click('button')
  await page.waitForURL('**/thanks**')
  await site.expect(() => site.events(custom).map(({ n, p }) => [n, p]), [['Form: Submission', { path: '/contact' }]])
  site.vector('form', site.events(custom)[0])
})

test('the core script leaves clicks alone', async ({ page, site }) => {
  site.page('/', `<script src="/w.core.js"></script>${noNavigation}<a href="http://elsewhere.org/">out</a><script>sporlos('Own')</script>`)
  await page.goto(site.url('/'))
  await page.click('a')
  await site.expect(() => site.names().sort(), ['Own', 'pageview'])
})
