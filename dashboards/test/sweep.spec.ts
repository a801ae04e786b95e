// Every page there is, as everybody may meet it: light and dark, wide and narrow, in both languages. axe finds nothing serious, nothing is
// wider than the screen, nothing moves while the page loads, no sentence is left in English and (guarded.ts) nothing asks another host.
// With SHOTS=<folder> the pages are also photographed.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { expect, ready, serious, test } from './guarded'

const shots = process.env.SHOTS
const long = 'f=is:country:NO&f=contains:page:a-rather-long-value-to-filter-by-that-cannot-fit-on-one-line'
const panels = ['sources', 'pages', 'places', 'devices', 'events', 'searches']

/** Of those who are logged in: pages by the route they stand for. */
const inside: Record<string, string[]> = {
  'GET /{$}': ['/'],
  'GET /{domain}': ['/large.example', `/large.example?${long}`, '/large.example?period=12mo&t.sources=campaigns', '/small.example?from=2026-01-01&to=2026-01-02', '/small.example?f=matches:page:(', '/small.example?f=is:goal:gone&seg=gone&period=ever'],
  'GET /{domain}/{panel}': [
    ...panels.map((p) => `/large.example/${p}`),
    '/large.example/places?t.places=map',
    '/large.example/searches?t.searches=days',
    '/small.example/searches?t.searches=ledto',
    '/small.example/pages?f=is:event:Signup',
    ...['realtime', 'goals', 'journeys', 'newsletters'].map((p) => `/large.example/${p}`),
    ...['goals', 'journeys?at=/none', 'searches'].map((p) => `/small.example/${p}`),
    '/letters.example/newsletters',
    '/keys.example/waiting',
  ],
  'GET /{domain}/settings': ['/letters.example/settings', '/letters.example/settings?saved'],
  'GET /{domain}/settings/{section}': ['large', 'letters'].flatMap((s) => ['counting', 'goals', 'funnels', 'segments', 'annotations'].map((section) => `/${s}.example/settings/${section}`)),
  'GET /{domain}/sharing': ['/large.example/sharing', '/letters.example/sharing'],
  'GET /{domain}/install': ['/large.example/install', '/keys.example/install'],
  'GET /{domain}/remove': ['/letters.example/remove'],
  'GET /-/account': ['/-/account'],
  'GET /-/account/second': ['/-/account/second'],
  'GET /-/users': ['/-/users', '/-/users?done=changed'],
  'GET /-/users/edit': ['/-/users/edit?name=per', '/-/users/edit?name=kari'],
  'GET /-/tokens': ['/-/tokens'],
  'GET /-/sites': ['/-/sites'],
  'GET /-/audit': ['/-/audit', '/-/audit?action=site.remove'],
}

/** Of those who are not. */
const outside: Record<string, string[]> = {
  'GET /login': ['/login', '/login?out'],
  'GET /welcome/{secret}': [ready.unused],
  'GET /share/{secret}': [ready.shared, `${ready.shared}/sources`, `${ready.shared}/embed-dark`],
}

/** No page, or none that is there for the asking: who tests it instead. */
const elsewhere: Record<string, string> = {
  'GET /{domain}/export/{file}': 'a file: sharing.spec.ts',
  'GET /{domain}/raw/{file}': 'a file: raw.go has its test in Go',
  'GET /login/code': 'for whoever has given the password: accounts.spec.ts',
  'GET /-/unsubscribe': 'for whoever has the letter: below, as a refusal',
}

test('no page is forgotten', () => {
  const routes = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../routes.go'), 'utf8')
  const served = [...routes.matchAll(/handle\("(GET [^"]+)"/g)].map((m) => m[1]!)
  expect(served.length).toBeGreaterThan(20)
  const known = [inside, outside, elsewhere].flatMap(Object.keys)
  expect(served.filter((route) => !known.includes(route))).toEqual([])
})

const name = (path: string) => path.replace(/\/(welcome|share)\/[^/]+/, '/$1').replace(/[^a-z0-9]+/gi, '-').slice(0, 60)

async function dress(page: Page, width: number, colorScheme: 'light' | 'dark') {
  await page.setViewportSize({ width, height: width < 500 ? 844 : 900 })
  await page.emulateMedia({ colorScheme })
}

async function shoot(page: Page, path: string, language: string) {
  if (!shots) return
  for (const width of [1440, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await dress(page, width, colorScheme)
      await page.screenshot({ path: `${shots}/${name(path)}-${language}-${width}-${colorScheme}.png`, fullPage: true })
    }
}

/** Each colour and each layout is judged once: wide in the light, narrow in the dark. */
async function judge(page: Page, path: string) {
  for (const [width, colorScheme] of [[1440, 'light'], [390, 'dark']] as const) {
    await dress(page, width, colorScheme)
    expect.soft(await serious(page), `${path}, ${width}, ${colorScheme}`).toEqual([])
  }
}

/** How wide the page is once what follows its size (the chart) has followed. */
const breadth = (page: Page) => page.evaluate(() => new Promise<number>((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(document.documentElement.scrollWidth)))))

async function fits(page: Page, path: string, language: string) {
  for (const width of [390, 360]) {
    await page.setViewportSize({ width, height: 844 })
    expect.soft(await breadth(page), `${path}, ${language}: too wide for ${width}`).toBeLessThanOrEqual(width)
  }
}

/** What has moved since the page began to load, by the browser's own measure: 0 is nothing. */
const moved = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const seen: string[] = []
        new PerformanceObserver((list) => {
          for (const shift of list.getEntries() as (PerformanceEntry & { value: number; sources: { node?: Element }[] })[])
            seen.push(`${shift.value.toFixed(4)} ${shift.sources.map((s) => s.node?.outerHTML?.slice(0, 80)).join(' | ')}`)
        }).observe({ type: 'layout-shift', buffered: true })
        setTimeout(() => resolve(seen), 100)
      }),
  )

/** The sentences of a page, those for assistive technology included: what has three words or more and is neither code nor what a site has named. */
const sentences = (page: Page) =>
  page.evaluate(() => {
    const found = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
    for (let n = walker.nextNode(); n; n = walker.nextNode())
      if (n instanceof Element) for (const attribute of ['aria-label', 'title', 'placeholder']) found.add(n.getAttribute(attribute) ?? '')
      else if (!n.parentElement!.closest('code, [lang]:not(html), style')) found.add(n.textContent!)
    return [...found].map((text) => text.trim()).filter((text) => (text.match(/\p{L}{2,}/gu) ?? []).length > 2 && !/^[\w.]*[/@?]|^https:/.test(text))
  })

/** What the sites themselves say, in whatever language (server/furniture.go) and names of products. */
const names = /prices|to a season|Read to the end|winter season|Norwegians on phones|Spring on the fjord|weekly slide|screen in the hall|ski wax|Google Tag Manager/

async function open(page: Page, path: string, language: string, status: number) {
  await dress(page, 1440, 'light')
  await page.context().addCookies([{ name: 'language', value: language, url: ready.url }])
  expect((await page.goto(path))!.status(), path).toBe(status)
  expect.soft(await moved(page), `${path}: it moves while it loads`).toEqual([])
  await expect(page.locator('html')).toHaveAttribute('lang', language)
  await expect(page.locator('h1')).not.toHaveCount(0)
  for (const summary of await page.locator('main details:not(.menu) > summary').all()) if (await summary.isVisible()) await summary.click()
  await shoot(page, path, language)
}

async function visit(page: Page, path: string, status = 200) {
  await open(page, path, 'en', status)
  await judge(page, path)
  await fits(page, path, 'en')
  const english = await sentences(page)
  await open(page, path, 'nb', status)
  await fits(page, path, 'nb')
  const norwegian = await sentences(page)
  expect.soft(norwegian.filter((text) => english.includes(text) && !names.test(text)), `${path}: not translated`).toEqual([])
}

for (const path of Object.values(inside).flat()) test(path, ({ page }) => visit(page, path))

test.describe('not logged in', () => {
  test.use({ storageState: { cookies: [], origins: [] } })
  for (const path of Object.values(outside).flat()) test(name(path), ({ page }) => visit(page, path))

  for (const [path, status] of [['/none/of/this', 404], [ready.locked, 401], ['/welcome/none', 410], ['/-/unsubscribe?t=none', 404]] as const)
    test(`refused: ${name(path)}`, async ({ page, faults }) => {
      await visit(page, path, status)
      expect(faults.splice(0)).toHaveLength(2) // the browser names the status in its console, in each language
    })
})

test('the menus that are opened have nothing serious, and fit', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 844 })
  for (const menu of ['#period', '#add-filter', '.switch', '.account']) {
    await page.goto('/large.example')
    await page.locator(`${menu} > summary`).click()
    expect(await serious(page, `${menu} .sheet`)).toEqual([])
    expect(await breadth(page), menu).toBeLessThanOrEqual(360)
  }
})
