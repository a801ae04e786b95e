// What visitors do: now, towards goals and along funnels, from page to page. The numbers are counted by hand from the visits P to U of
// fixture/shop.go.
import { expect, test } from './guarded'

const cells = (rows: import('@playwright/test').Locator) => rows.evaluateAll((list) => list.map((row) => [...row.querySelectorAll('th, td')].map((c) => c.textContent!.trim())))

test('realtime: who is there now, minute by minute, where, from where', async ({ page }) => {
  await page.goto('/shop.example/realtime')
  // P left 7 minutes ago, Q did something 3 minutes ago
  await expect(page.locator('#now')).toHaveText('1')
  await expect(page.locator('.tally strong')).toHaveText(['1', '2', '6'])
  expect(await cells(page.locator('#list-pages tbody tr'))).toEqual([['/cart', '1', '0'], ['/shop/wax', '1', '1']])
  expect(await cells(page.locator('#list-sources tbody tr'))).toEqual([['ChatGPT', '1', '1'], ['Google', '1', '0']])
  expect(await cells(page.locator('#list-countries tbody tr'))).toEqual([['NONorway', '1', '0'], ['SESweden', '1', '1']])
  // 14:20, 21, 22, 23 and 14:26, 27: one pageview each, so all bars have the same height
  const bars = await page.locator('.minutes rect').evaluateAll((list) => list.map((r) => Number(r.getAttribute('height'))))
  expect(bars).toHaveLength(30)
  expect(bars.filter((h) => h > 0)).toEqual([60, 60, 60, 60, 60, 60])
  await expect(page.locator('.minutes svg')).toHaveAttribute('aria-label', /6.* 2 visitors/)
})

test('goals: visitors, conversions, rate and revenue', async ({ page }) => {
  await page.goto('/shop.example/goals')
  // of 6 visitors; P bought once, R twice
  expect((await cells(page.locator('#list-goals tbody tr'))).sort()).toEqual([
    ['Bought', '2', '3', '33.3%', '2249.50 NOK'],
    ['Came home', '3', '3', '50.0%', '–'],
    ['Saw the cart', '2', '2', '33.3%', '–'],
    ['Saw the shop', '4', '4', '66.7%', '–'],
  ])
  await page.locator('#period > summary').click()
  await page.getByRole('link', { name: 'Today', exact: true }).click()
  await expect(page).toHaveURL(/goals\?period=today/)
  await expect(page.locator('#list-goals').getByRole('row', { name: /^Bought/ }).locator('td')).toHaveText(['1', '1', '50.0%', '1499.50 NOK'])
})

test('funnels: how many come how far', async ({ page }) => {
  await page.goto('/shop.example/goals')
  const till = page.locator('.funnel')
  await till.getByRole('link', { name: 'To the till' }).click()
  await expect(till.locator('.said')).toContainText('50% go all the way: 2 of 4 visits')
  // P, Q, R, S saw the shop; P and R the cart; both bought
  expect(await cells(till.locator('tbody tr'))).toEqual([['1. Saw the shop', '4', '4', '67%', '2'], ['2. Saw the cart', '2', '2', '50%', '2'], ['3. Bought', '2', '2', '100%', '0']])
})

test('journeys: what is seen before and after a page, and on from there', async ({ page }) => {
  await page.goto('/shop.example/journeys?at=/shop')
  // P and R came from /, Q and S began here
  await expect(page.locator('.tally strong')).toHaveText(['4', '2', '0'])
  await expect(page.locator('.tally small')).toHaveText(['50%', '0%'])
  expect(await cells(page.locator('#list-before tbody tr'))).toEqual([['/', '2', '50%']])
  expect((await cells(page.locator('#list-after tbody tr'))).sort()).toEqual([['/cart', '1', '25%'], ['/old-page', '1', '25%'], ['/shop/skis', '1', '25%'], ['/shop/wax', '1', '25%']])
  await page.locator('#list-after').getByRole('link', { name: '/shop/skis' }).click()
  await expect(page.getByLabel('Page', { exact: true })).toHaveValue('/shop/skis')
  expect(await cells(page.locator('#list-before tbody tr'))).toEqual([['/shop', '1', '100%']])
  expect(await cells(page.locator('#list-after tbody tr'))).toEqual([['/cart', '1', '100%']])
  await page.goBack()
  await expect(page.getByLabel('Page', { exact: true })).toHaveValue('/shop')
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('a page is chosen by form', async ({ page }) => {
    await page.goto('/shop.example/journeys')
    await page.getByLabel('Page', { exact: true }).fill('/cart')
    await page.getByRole('button', { name: 'Show' }).first().click()
    await expect(page.locator('.tally strong')).toHaveText(['2', '0', '2'])
    expect(await cells(page.locator('#list-before tbody tr'))).toEqual([['/shop', '1', '50%'], ['/shop/skis', '1', '50%']])
  })
})
