// What leaves the dashboards: files and reports.
import AxeBuilder from '@axe-core/playwright'
import { readFileSync } from 'node:fs'
import { expect, ready, test } from './guarded'

test('everything is taken away as a ZIP', async ({ page }) => {
  await page.goto('/small.example')
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('#zip').click()])
  expect(file.suggestedFilename()).toMatch(/^small\.example_all_.*\.zip$/)
  expect(readFileSync((await file.path())!).subarray(0, 2).toString()).toBe('PK')
})

test('the report by mail loads nothing, and fits', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (r) => asked.push(r.url()))
  for (const language of ['en', 'nb']) {
    await page.goto(`${ready.control}/mail?language=${language}`)
    await expect(page.getByRole('heading')).toContainText('large.example')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/mail-${language}.png`, fullPage: true })
    const found = await new AxeBuilder({ page }).analyze()
    expect(found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')).toEqual([])
  }
  expect(asked.filter((u) => !u.includes('/mail') && !u.endsWith('/favicon.ico'))).toEqual([])
  await context.close()
})
