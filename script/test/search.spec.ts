import { type Page } from '@playwright/test'
import { expect, snippet, test, type Site } from './site'

const results = (count: number, links = '') => `${snippet}<p data-sporlos-results="${count}">${count}</p>${links}`

/** The one thing that must hold in every test here: no phrase, in any spelling, anywhere near an event. */
const apart = (site: Site, ...phrases: string[]) => {
  for (const { path, headers, body } of site.beacons.filter(({ path }) => path.endsWith('/e')))
    for (const phrase of phrases) expect(decodeURIComponent(JSON.stringify([path, headers, body]))).not.toContain(phrase)
  for (const { headers } of site.beacons) expect(headers.referer).toBeUndefined()
}

test('a search is sent apart, a while after its page', async ({ page, site }) => {
  site.page('/sok', results(12))
  await page.goto(site.url('/sok?q=+Bl%C3%A5b%C3%A6r+&page=1#top'))
  await site.expect(() => site.searches(), [{ d: 'example.org', q: ' Blåbær ', k: 'search', n: 12 }])
  const [event, search] = site.beacons
  expect(event!.body.u).toBe(site.url('/sok'))
  expect(search!.path).toBe('/q')
  expect(search!.headers.cookie).toBeUndefined()
  expect(search!.at - event!.at).toBeGreaterThan(900)
  apart(site, 'låbær')
  site.vector('search', search!.body)
})

test('refined, then a result opened', async ({ page, site }) => {
  site.page('/search', `${snippet}<a id=refine href="/search?q=blue+berries">refine</a> <a id=more href="/search?page=2&q=blue+berries">more</a> <a id=open href="/item/7?from=search">open</a>`)
  await page.goto(site.url('/search?q=berries'))
  await page.click('#refine')
  await page.waitForURL('**blue+berries')
  await page.click('#more') // the same phrase is the same search
  await page.waitForURL('**page=2**')
  await page.click('#open')
  await page.waitForURL('**/item/7**')
  await page.goto(site.url('/elsewhere')) // typed: nothing came of it
  const wanted = [
    { d: 'example.org', q: 'berries', k: 'search', n: null },
    { d: 'example.org', q: 'blue berries', k: 'search', n: null },
    { d: 'example.org', q: 'berries', k: 'refine' },
    { d: 'example.org', q: 'blue berries', k: 'open', to: '/item/7' },
  ]
  await site.expect(() => sorted(site), sort(wanted))
  apart(site, 'berries')
  for (const search of site.searches()) if (search.k != 'search') site.vector(`search-${search.k}`, search)
})

// Two beacons that are sent at once may arrive in either order.
const sort = (list: object[]) => list.map((beacon) => JSON.stringify(beacon)).sort()
const sorted = (site: Site) => sort(site.searches())

const kinds = (site: Site) => site.searches().map(({ k }) => k)

// Every way to leave a page of results, and what is told of it after the search.
for (const [way, go, wanted] of [
  ['a link to another site', async (page: Page) => page.click('#out'), ['leave']],
  ['closing the tab', async (page: Page) => page.close({ runBeforeUnload: true }), ['leave']],
  ['an address typed', async (page: Page, site: Site) => page.goto(site.url('/', 'elsewhere.org')), ['leave']],
  ['back to the page before', async (page: Page) => page.evaluate(() => history.back()), ['leave']],
  ['a result', async (page: Page) => page.click('#in'), ['open']],
  ['a result in a new tab, then closed', async (page: Page) => {
    const tab = page.context().waitForEvent('page')
    await page.click('#in', { button: 'middle' })
    await (await tab).waitForLoadState()
    await page.close({ runBeforeUnload: true })
  }, ['open']],
  ['a form', async (page: Page) => page.press('#again', 'Enter'), ['search', 'refine']],
  ['another tab, and back', async (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))), []],
] as const)
  test(`left by ${way}`, async ({ page, site }) => {
    site.page('/s', `${snippet}<a id=in href="/item">in</a><a id=out href="${site.url('/', 'elsewhere.org')}">out</a><form><input id=again name=q value="nordlys i mai"></form>`)
    site.page('/', 'no snippet')
    site.page('/before', 'no snippet')
    await page.goto(site.url('/before'))
    await page.goto(site.url('/s?q=nordlys'))
    await expect.poll(() => kinds(site), { timeout: 4000 }).toEqual(['search'])
    await go(page, site)
    await expect.poll(() => kinds(site).slice(1).sort(), { timeout: 4000 }).toEqual([...wanted].sort())
    await site.quiet(2200)
    expect(kinds(site).slice(1).sort()).toEqual([...wanted].sort())
    apart(site, 'nordlys')
    const left = site.searches().find(({ k }) => k == 'leave')
    if (left) site.vector('search-leave', left)
  })

test('reload and back are no new search', async ({ page, site }) => {
  site.page('/s', snippet, { 'cache-control': 'no-store' })
  await page.goto(site.url('/s?s=once'))
  await page.reload()
  await page.goto(site.url('/other'))
  await page.evaluate(() => history.back())
  await expect.poll(() => site.paths().sort()).toEqual(['/other', '/s', '/s', '/s'])
  await page.waitForTimeout(2200)
  expect(site.searches().filter(({ k }) => k == 'search').map(({ q }) => q)).toEqual(['once'])
})

test('another site’s search is not ours', async ({ page, site }) => {
  site.page('/find', `<a href="${site.url('/landing')}">found</a>`, { 'referrer-policy': 'unsafe-url' })
  await page.goto(site.url('/find?q=secret', 'elsewhere.org'))
  await page.click('a')
  await page.waitForURL('**/landing')
  await page.goto(site.url('/next'))
  await expect.poll(() => site.names().length).toBe(2)
  expect(site.searches()).toEqual([])
  apart(site, 'secret')
})

test('leaving at once loses no search', async ({ page, site }) => {
  site.page('/s', `${snippet}<script>addEventListener('DOMContentLoaded', () => setTimeout(() => (location = '/gone')))</script>`)
  site.page('/gone', 'no snippet')
  await page.goto(site.url('/s?q=quick'))
  await page.waitForURL('**/gone')
  await expect.poll(() => site.searches().map(({ q, k }) => q + k)).toContain('quicksearch')
})

test('inside one document: typing comes to rest, opening a result', async ({ page, site }) => {
  site.page('/app', results(3))
  await page.goto(site.url('/app'))
  const phrase = 'nordlys i mai' // takes longer to type than a search waits
  await page.evaluate(async (phrase) => {
    for (let typed = 1; typed <= phrase.length; typed++) {
      history.replaceState(null, '', '/app?q=' + phrase.slice(0, typed))
      await new Promise((done) => setTimeout(done, 170))
    }
  }, phrase)
  await page.waitForTimeout(2100)
  await page.evaluate(() => history.pushState(null, '', '/app?q=nordlys i juni'))
  await page.evaluate(() => history.pushState(null, '', '/app/aurora'))
  await expect.poll(site.paths).toEqual(['/app', '/app/aurora']) // two requests at once may overtake each other
  await page.evaluate(() => history.back()) // the same results again
  await page.waitForTimeout(2100)
  expect(sorted(site)).toEqual(sort([
    { d: 'example.org', q: 'nordlys i mai', k: 'search', n: 3 },
    { d: 'example.org', q: 'nordlys i juni', k: 'search', n: 3 },
    { d: 'example.org', q: 'nordlys i mai', k: 'refine' },
    { d: 'example.org', q: 'nordlys i juni', k: 'open', to: '/app/aurora' },
  ]))
  expect(site.paths()).toEqual(['/app', '/app/aurora', '/app'])
  apart(site, 'nord')
})

for (const [attribute, query, wanted] of [
  ['', 'sok=a', ['a']],
  ['', 's%C3%B8keord=b', ['b']],
  ['', 'q=&query=c', ['c']],
  ['', 'q=%20', []],
  ['', 'term=d', []],
  ['data-search="finn,term"', 'term=d&q=e', ['d']],
  ['data-search=""', 'q=f', []],
  ['data-search="off"', 'q=g', []],
  ['data-search="off"', 'off=20', []],
] as const)
  test(`${attribute} ?${query}`, async ({ page, site }) => {
    site.page('/', `<script defer src="/w.js" ${attribute}></script>`)
    await page.goto(site.url('/?' + query))
    await page.goto(site.url('/next'))
    await expect.poll(() => site.names().length).toBe(2)
    await site.expect(() => site.searches().filter(({ k }) => k == 'search').map(({ q }) => q), wanted)
    expect(site.events()[0].u).toBe(site.url(wanted.length ? '/' : '/?' + query))
  })
