// Ways down into the reports, missing pages, and goals on the overview; counted by hand from the visits P to U of fixture/shop.go.
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './guarded'

test('sources lead down from a channel to the pages it led to, and back up', async ({ page }) => {
  await page.goto('/shop.example/sources?t.sources=channels')
  const panel = page.locator('#panel-sources')
  await panel.locator('tbody').getByRole('link', { name: 'Referral' }).click()
  await panel.locator('tbody').getByRole('link', { name: 'ut.no' }).click()
  await expect(panel.locator('thead th').first()).toHaveText('Referrer')
  await panel.locator('tbody').getByRole('link', { name: 'ut.no' }).click()
  await expect(panel.locator('.crumbs li')).toHaveText(['All Channels', 'Referral', 'ut.no', 'ut.no'])
  await expect(panel.locator('tbody tr')).toHaveText([/^\s*\/gone\s*2\s*0%\s*2\s*1\.50/])
  await panel.locator('.crumbs').getByRole('link', { name: 'Referral' }).click()
  await expect(panel.locator('.crumbs li')).toHaveText(['All Channels', 'Referral'])
  await page.goBack()
  await expect(panel.locator('thead th').first()).toHaveText('Entry page')
  await page.getByRole('link', { name: 'Back to the overview' }).click() // the way down stays a filter
  await expect(page.locator('#figure-visitors strong')).toHaveText('2')
})

test('events lead to their properties, and those to their values', async ({ page }) => {
  await page.goto('/shop.example/events')
  const panel = page.locator('#panel-events')
  await panel.locator('tbody').getByRole('link', { name: 'Purchase' }).click()
  await expect(panel.locator('tbody tr')).toHaveText([/^\s*product\s*3\s*2\s*2\s*$/, /^\s*gift\s*1\s*1\s*1\s*$/])
  await panel.locator('tbody').getByRole('link', { name: 'product' }).click()
  await expect(panel.locator('tbody tr')).toHaveText([/^\s*wax\s*2\s*1\s*1\s*$/, /^\s*skis\s*1\s*1\s*1\s*$/])
  await expect(panel.locator('.crumbs li')).toHaveText(['All Events', 'Purchase', 'product'])
})

test('missing pages are shown with where they were linked from', async ({ page }) => {
  await page.goto('/shop.example/events?t.events=missing')
  const panel = page.locator('#panel-events')
  await expect(panel.locator('tbody tr')).toHaveText([/^\s*\/gone\s*2\s*2\s*2\s*$/, /^\s*\/old-page\s*1\s*1\s*1\s*$/])
  await panel.getByRole('link', { name: 'Linked from' }).click()
  await expect(panel.locator('tbody tr')).toHaveText([/ut\.no → \/gone\s*2\s*2/, /\/shop → \/old-page\s*1\s*1/])
})

test('a goal is chosen on the overview, and every table counts its conversions', async ({ page }) => {
  await page.goto('/shop.example')
  const goals = page.locator('#list-goals')
  await expect(goals.getByRole('row', { name: /^Bought/ }).locator('td')).toHaveText(['2', '3', '33.3%', '2249.50 NOK'])
  await goals.getByRole('link', { name: 'Bought' }).click()
  await expect(page.locator('.chip')).toHaveText([/Conversions: Bought/])
  await expect(page.locator('#panel-places tbody tr')).toHaveText([/Norway\s*2\s*50%/])
  await expect(page.locator('#panel-pages tbody tr')).toHaveText([/\/cart\s*2\s*100%/])
  await page.locator('#goals-said').getByRole('link', { name: /^Stop/ }).click()
  await expect(page.locator('.chip')).toHaveCount(0)
})

test('one of several funnels is chosen, and drawn', async ({ page }) => {
  await page.goto('/shop.example/goals')
  const funnel = page.locator('.funnel')
  await expect(funnel.getByRole('heading')).toHaveText('From the front page')
  // P, R and U came to the front page, P and R then saw the shop
  await expect(funnel.locator('.said')).toHaveText('67% go all the way: 2 of 3 visits')
  const heights = await funnel.locator('rect.here').evaluateAll((list) => list.map((r) => Number(r.getAttribute('height'))))
  expect(heights).toEqual([100, 66.7])
  await funnel.getByRole('link', { name: 'To the till' }).click()
  await expect(page).toHaveURL(/t\.funnel=/)
  await expect(funnel.locator('rect.here')).toHaveCount(3)
})

test('a chart that has not been drawn again for a narrower window does not make the page wider', async ({ page }) => {
  await page.addInitScript(() => { window.ResizeObserver = class { observe() {} unobserve() {} disconnect() {} } })
  await page.goto('/shop.example')
  await expect(page.locator('.plot.drawn .uplot')).toHaveCount(1)
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})

for (const path of ['/shop.example?t.events=missing', '/shop.example/goals', '/shop.example/sources?f=is:channel:Referral', '/shop.example/events?t.events=prop:product', '/shop.example/devices?t.devices=sizes']) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing serious on ${path}, ${colorScheme}, and it fits 390 pixels`, async ({ page }) => {
      await page.emulateMedia({ colorScheme })
      await page.goto(path)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.filter((v) => v.impact == 'serious' || v.impact == 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(', ')}`)).toEqual([])
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${path.replace(/\W+/g, '_')}-${colorScheme}.png`, fullPage: true })
      await page.setViewportSize({ width: 390, height: 844 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${path.replace(/\W+/g, '_')}-${colorScheme}-390.png`, fullPage: true })
    })
  }
}
