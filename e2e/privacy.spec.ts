import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, test as base, type Page } from '@playwright/test'

// What a visitor can see and do at /privacy, in a browser, on an installation of its own: a site at kiosk.example, its collector at
// tell.kiosk.example, a second site whose collector is elsewhere.

const program = resolve(import.meta.dirname, '../bin/sporlos')
const shots = resolve(import.meta.dirname, '../test-results/e2e/privacy')

interface House {
  site: string
  collector: string
  elsewhere: string
  views(domain?: string): Promise<number>
}

async function serve(dir: string, volatile: string): Promise<{ child: ChildProcess; collector: string; dashboards: string }> {
  if (!existsSync(program)) throw new Error(`${program} is missing: run make build`)
  const child = spawn(program, ['serve', '--data', dir, '--volatile', volatile, '--headless', '--rate-limit', '0',
    ...['collector', 'dashboards', 'ops'].flatMap((name) => [`--${name}-addr`, '127.0.0.1:0'])], { stdio: ['ignore', 'ignore', 'pipe'] })
  let logs = ''
  const ready = await new Promise<any>((done, fail) => {
    child.stderr!.on('data', (chunk) => {
      logs += chunk
      for (const line of logs.split('\n')) if (line.includes('"msg":"ready"')) done(JSON.parse(line))
    })
    child.on('exit', (code) => fail(new Error(`sporlos ended with ${code}:\n${logs}`)))
  })
  return { child, collector: ready.collector, dashboards: ready.dashboards }
}

/** Pages that count; /policy has the switch of the site's own. */
async function website(collector: string): Promise<Server> {
  const server = createServer((request, response) => {
    const domain = request.headers.host!.split(':')[0]
    const script = `<script defer src="${collector}/w.js" data-domain="${domain}"></script>`
    const policy = request.url == '/policy' ? `<button data-sporlos-optout="Count me again">Do not count me</button><script defer src="${collector}/choice.js" data-domain="${domain}"></script>
      <iframe src="${collector}/privacy/block?d=${domain}&lang=en" title="Statistics" width="600" height="330"></iframe>` : ''
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(`<!doctype html><html lang="en"><title>Kiosk</title><h1>Kiosk ${request.url}</h1><a id="privacy" href="${collector}/privacy?d=${domain}">Privacy</a>${policy}${script}</html>`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return server
}

const test = base.extend<{}, { house: House }>({
  house: [
    async ({}, use) => {
      const dir = mkdtempSync(join(tmpdir(), 'sporlos-privacy-'))
      const volatile = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sporlos-privacy-'))
      const { child, collector, dashboards } = await serve(dir, volatile)
      const run = (...args: string[]) => execFileSync(program, [...args, '--data', dir], { encoding: 'utf8' })
      const tokens: Record<string, string> = {}
      for (const domain of ['kiosk.example', 'elsewhere.test']) {
        run('site', 'add', domain, '--timezone', 'Europe/Oslo')
        tokens[domain] = run('token', 'add', '--site', domain).trim().split('\n').pop()!
      }
      const tell = collector.replace('127.0.0.1', 'tell.kiosk.example')
      const server = await website(tell)
      const port = (server.address() as AddressInfo).port
      await use({
        site: `http://www.kiosk.example:${port}`,
        elsewhere: `http://elsewhere.test:${port}`,
        collector: tell,
        views: async (domain = 'kiosk.example') => {
          const answer = await fetch(`${dashboards}/api/v2/query`, {
            method: 'POST',
            headers: { authorization: `Bearer ${tokens[domain]}` },
            body: JSON.stringify({ site_id: domain, metrics: ['pageviews'], date_range: 'day' }),
          })
          return (await answer.json()).results[0].metrics[0]
        },
      })
      server.closeAllConnections()
      server.close()
      const ended = new Promise((done) => child.on('exit', done))
      child.removeAllListeners('exit')
      const gone = new Promise((done) => child.on('exit', done))
      child.kill('SIGTERM')
      await Promise.race([ended, gone])
      for (const path of [dir, volatile]) rmSync(path, { recursive: true, force: true })
    },
    { scope: 'worker', timeout: 60_000 },
  ],
})

test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({ ...launchOptions, args: [...launchOptions.args!.filter((arg) => !arg.includes('host-resolver')), '--host-resolver-rules=MAP *.example 127.0.0.1, MAP *.test 127.0.0.1'] }),
})

const field = (page: Page, name: string) => page.locator(`[data-field="${name}"]`)

/** Nothing serious in the eyes of axe, and nothing wider than the window. */
async function wellMade(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.filter(({ impact }) => impact == 'serious' || impact == 'critical').map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
}

/** Errors and requests to other hosts than the page's own fail the test. */
function guard(page: Page, house: House) {
  const wrong: string[] = []
  page.on('console', (message) => message.type() == 'error' && wrong.push(message.text()))
  page.on('pageerror', (error) => wrong.push(String(error)))
  page.on('request', (request) => {
    if (![house.collector, house.site, house.elsewhere].some((base) => request.url().startsWith(base))) wrong.push(request.url())
  })
  return () => expect(wrong).toEqual([])
}

test('the page shows what is stored, and erases it', async ({ page, house, browser }) => {
  const fine = guard(page, house)
  const other = await (await browser.newContext({ locale: 'de-DE' })).newPage() // another visitor, by language
  await other.goto(house.site)
  for (const path of ['/', '/first', '/second?utm_source=letter&name=nordmann']) await page.goto(house.site + path)
  await expect.poll(() => house.views()).toBe(4)

  await page.click('#privacy')
  await expect(page.locator('h1')).toHaveText('What kiosk.example stores about this visit')
  await expect(field(page, 'Browser')).toHaveText('Chrome')
  await expect(field(page, 'Path')).toHaveText('/') // from another origin browsers tell no more
  await expect(field(page, 'Visitor')).toHaveText(/^[0-9a-f]{4}…$/)
  await expect(page.locator('[data-thrown="User-Agent"]')).toContainText('Mozilla/5.0')
  await expect(page.locator('[data-thrown="Address"]')).toHaveText('127.0.0.0/24')
  await expect(page.locator('main')).not.toContainText('nordmann')
  await wellMade(page)

  await page.getByRole('button', { name: 'Erase today’s data' }).click()
  await expect(page.locator('[data-notice="erased"]')).toBeVisible()
  await wellMade(page)
  expect(await house.views()).toBe(1) // the other visitor's, and at once
  fine()

  await page.goto(house.site + '/again')
  await expect.poll(() => house.views()).toBe(2)
  await other.context().close()
})

test('opting out stops the counting, opting in resumes it', async ({ page, house, context }) => {
  const fine = guard(page, house)
  const before = await house.views()
  await page.goto(`${house.collector}/privacy?d=kiosk.example`)
  await page.getByRole('button', { name: 'Do not count me' }).click()
  await expect(page).toHaveURL(`${house.collector}/privacy?d=kiosk.example&lang=en`)
  await expect(page.locator('[data-refusal="opted_out"]')).toContainText('Nothing would be stored')
  await wellMade(page)
  const cookies = await context.cookies()
  expect(cookies.map(({ name, value, domain, sameSite }) => ({ name, value, domain, sameSite }))).toEqual([{ name: 'sporlos', value: 'no', domain: '.kiosk.example', sameSite: 'Lax' }])
  await page.goto(house.site + '/unseen')
  await page.goto(house.site + '/unseen/too')
  await page.waitForTimeout(2500)
  expect(await house.views()).toBe(before)

  await page.goto(`${house.collector}/privacy?d=kiosk.example`)
  await page.getByRole('button', { name: 'Count me again' }).click()
  await expect(page.locator('[data-field="Path"]')).toBeVisible()
  expect(await context.cookies()).toEqual([])
  await page.goto(house.site + '/seen')
  await expect.poll(() => house.views()).toBe(before + 1)
  fine()
})

test('a policy page of the site’s own: the block in a frame, and a switch that works where /privacy cannot', async ({ page, house, context }) => {
  await page.goto(house.elsewhere + '/policy')
  await expect.poll(() => house.views('elsewhere.test')).toBe(1)
  const block = page.frameLocator('iframe')
  await expect(block.locator('h2')).toHaveText('Statistics on elsewhere.test')
  await page.screenshot({ path: `${shots}/policy.png` })
  const [more] = await Promise.all([context.waitForEvent('page'), block.getByRole('link').click()])
  await expect(more.locator('#choice')).toContainText('would not reach')
  await more.close()
  await page.getByRole('button', { name: 'Do not count me' }).click()
  await page.goto(house.elsewhere + '/unseen')
  await page.waitForTimeout(2500)
  expect(await house.views('elsewhere.test')).toBe(1)
})

test('nobody else may show the block or the page in a frame', async ({ page, house }) => {
  for (const path of ['/privacy/block?d=elsewhere.test', '/privacy?d=kiosk.example']) {
    await page.goto(house.site)
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
    await page.evaluate((src) => { document.body.append(Object.assign(document.createElement('iframe'), { src })) }, house.collector + path)
    await refused
  }
})

test.describe('a browser that says no', () => {
  test.use({ extraHTTPHeaders: { 'Sec-GPC': '1' } })
  test('is told that nothing would be stored', async ({ page, house }) => {
    await page.goto(`${house.collector}/privacy?d=kiosk.example&lang=en`)
    await expect(page.locator('[data-refusal="signal"]')).toContainText('Global Privacy Control')
    await expect(field(page, 'Path')).toHaveCount(0)
    await wellMade(page)
    await page.screenshot({ path: `${shots}/signal-1440.png`, fullPage: true })
  })
})

for (const [locale, title, erase, other] of [
  ['nb-NO', 'Hva kiosk.example lagrer om dette besøket', 'Slett dagens data', 'English'],
  ['en-GB', 'What kiosk.example stores about this visit', 'Erase today’s data', 'Norsk (bokmål)'],
])
  for (const colorScheme of ['light', 'dark'] as const)
    test.describe(`${locale}, ${colorScheme}, without JavaScript`, () => {
      test.use({ locale, colorScheme, javaScriptEnabled: true })
      test('every page reads well at every width', async ({ browser, house }) => {
        for (const width of [390, 1440]) {
          // axe needs to run in the page; that the pages need no script is shown by the second context.
          const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: 900 } })
          const page = await context.newPage()
          const fine = guard(page, house)
          for (const name of ['privacy', 'privacy/statement', 'privacy/block']) {
            await page.goto(`${house.collector}/${name}?d=kiosk.example`)
            await wellMade(page)
            await page.screenshot({ path: `${shots}/${name.replace('/', '-')}-${locale}-${colorScheme}-${width}.png`, fullPage: true })
          }
          fine()
          await context.close()
        }
        const context = await browser.newContext({ locale, colorScheme, javaScriptEnabled: false })
        const page = await context.newPage()
        await page.goto(`${house.collector}/privacy?d=kiosk.example`)
        await expect(page.locator('h1')).toHaveText(title)
        await page.getByRole('button', { name: erase }).click()
        await expect(page.locator('[data-notice]')).toBeVisible()
        await page.getByRole('link', { name: other }).click()
        await expect(page.locator('h1')).not.toHaveText(title)
        await context.close()
      })
    })
