import { expect, test as base, type Page } from '@playwright/test'
import { startDemo, type Demo } from './demo'

// Each test has a demo of its own, and somebody who is logged in to its dashboards.
const test = base.extend<{ demo: Demo }>({
  demo: async ({ page }, use) => {
    const demo = await startDemo('--days', '0', '--no-trickle')
    await page.goto(demo.welcome)
    await page.getByRole('button', { name: 'Open the dashboards' }).click()
    await use(demo)
    expect(await demo.stop(), demo.logs()).toBe(0)
  },
})

const figure = (page: Page, name: string) => page.locator(`#figure-${name}  strong`)

async function visitTheShop(demo: Demo, page: Page): Promise<void> {
  await page.goto(demo.shop, { referer: 'https://www.google.com/' }) // one
  await page.getByRole('link', { name: 'Books', exact: true }).click() // two
  await page.getByRole('searchbox').fill('nordlys')
  await page.getByRole('button', { name: 'Search' }).click() // three
  await expect(page.getByText('1 book for “nordlys”')).toBeVisible()
}

test('a real visitor becomes a number on a dashboard', async ({ demo, page, browser }) => {
  const visitor = await (await browser.newContext({ locale: 'nb-NO' })).newPage()
  const errors: string[] = []
  visitor.on('pageerror', (error) => errors.push(String(error)))
  await visitTheShop(demo, visitor)
  await visitor.goBack() // a page that was seen before: the fourth view is what the search took
  await visitor.getByRole('link', { name: /catalogue/ }).click()
  await visitor.goto('about:blank')
  const left = Date.now()
  await expect.poll(async () => {
    await page.goto(`${demo.dashboards}/only-you.example?period=today`)
    return (await figure(page, 'pageviews').allTextContents()).join()
  }, { timeout: 3_000, intervals: [100] }).toBe('4')
  console.log(`the last view was on the dashboard ${Date.now() - left} ms after the visitor had left`)
  expect(errors).toEqual([])
})

test('three pages, a search, a download and a click away are one visit of one visitor', async ({ demo, page, browser }) => {
    const context = await browser.newContext({ locale: 'nb-NO', acceptDownloads: true })
    const visitor = await context.newPage()
    await visitor.goto(demo.shop, { referer: 'https://www.google.com/' })
    const download = visitor.waitForEvent('download')
    await visitor.getByRole('link', { name: /catalogue/ }).click()
    await (await download).delete()
    await visitor.getByRole('searchbox').fill('nordlys')
    await visitor.getByRole('button', { name: 'Search' }).click()
    await visitor.getByRole('link', { name: /Nordlys over fjorden/ }).click()
    await expect(visitor.getByRole('heading', { name: 'Nordlys over fjorden' })).toBeVisible()
    await visitor.getByRole('link', { name: 'At the National Library' }).click({ noWaitAfter: true })
    const left = Date.now()
    await visitor.waitForTimeout(100)
    await context.close()

    await expect.poll(async () => {
      await page.goto(`${demo.dashboards}/only-you.example?period=today`)
      const figures = (await Promise.all(['visitors', 'visits', 'pageviews'].map((name) => figure(page, name).allTextContents()))).join()
      const events = (await page.locator('#panel-events').allTextContents()).join() // the click away was sent last and may come a block later
      return [figures, events.includes('Outbound link followed')]
    }, { timeout: 3_000, intervals: [100] }).toEqual(['1,1,3', true])
    console.log(`everything was on the dashboard ${Date.now() - left} ms after the visitor had left`)

    await expect(page.locator('#panel-sources')).toContainText('Google')
    await expect(page.locator('#panel-devices')).toContainText('Chrome')
    await expect(page.locator('#panel-pages')).toContainText('/books/nordlys')
    await expect(page.locator('#panel-pages')).not.toContainText('q=')
    await expect(page.locator('#panel-events')).toContainText('File downloaded')
    await expect(page.locator('#panel-events')).toContainText('Outbound link followed')
    await page.locator('#panel-devices').getByRole('link', { name: 'Devices', exact: true }).click()
    await expect(page.locator('#panel-devices')).toContainText('Desktop')
})

test('a search is shown once enough have come together, and never before', async ({ demo, page, browser, request }) => {
  const visitor = await browser.newPage()
  await visitTheShop(demo, visitor)
  await visitor.close()
  await expect.poll(async () => {
    await page.goto(`${demo.dashboards}/only-you.example?period=today`)
    return (await figure(page, 'pageviews').allTextContents()).join()
  }).toBe('3')
  await expect(page.locator('#panel-searches')).toBeVisible()
  await expect(page.locator('#panel-searches')).not.toContainText('nordlys')
  const collector = new URL((await (await request.get(demo.shop)).text()).match(/src="([^"]+)\/w\.js"/)![1])
  for (let i = 0; i < 20; i++) {
    const answer = await request.post(`${collector.origin}/q`, { data: JSON.stringify({ d: 'only-you.example', q: 'Nordlys ' }), headers: { 'Content-Type': 'text/plain' } })
    expect(answer.status()).toBe(202)
  }
  await expect.poll(async () => {
    await page.reload()
    return page.locator('#panel-searches').textContent()
  }, { timeout: 45_000 }).toContain('nordlys') // searches are released at drawn moments, 10 to 30 seconds apart
})
