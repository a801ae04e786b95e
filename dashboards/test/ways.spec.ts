// The same pages in other ways: keyboard only, without script, dark, narrow, by assistive technology.
import AxeBuilder from '@axe-core/playwright'
import { expect, figure, ready, test } from './guarded'

test('works with a keyboard alone', async ({ page }) => {
  await page.goto('/small.example')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the figures' })).toBeFocused()
  await page.locator('#period > summary').focus()
  await page.keyboard.press('Enter')
  await expect(page.locator('#period')).toHaveAttribute('open', '')
  await page.keyboard.press('Escape')
  await expect(page.locator('#period')).not.toHaveAttribute('open')
  await expect(page.locator('#period > summary')).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/period=today/)
  await expect(figure(page, 'visitors')).toHaveText('2')
  await page.locator('#figure-visits').focus()
  const ring = await page.locator('#figure-visits').evaluate((e) => getComputedStyle(e).outlineStyle)
  expect(ring).toBe('solid')
  await page.locator('#panel-places').getByRole('link', { name: 'Norway' }).focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/f=is:country:NO/)
  await expect(figure(page, 'visitors')).toHaveText('1')
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('links and forms lead to the same pages', async ({ page }) => {
    await page.goto('/small.example')
    await expect(page.locator('svg.lines path.now')).toHaveCount(1)
    await expect(page.locator('.data tbody tr')).toHaveCount(28)
    await page.locator('#panel-places').getByRole('link', { name: 'Norway' }).click()
    await expect(figure(page, 'visitors')).toHaveText('2')
    await page.locator('#panel-sources').getByRole('link', { name: 'Channels' }).click()
    await expect(page.locator('#panel-sources')).toContainText('Email')
    await expect(page).toHaveURL(/f=is:country:NO.*t\.sources=channels/)
    await page.locator('#period > summary').click()
    await page.getByRole('link', { name: 'Yesterday', exact: true }).click()
    await expect(figure(page, 'visitors')).toHaveText('1')
    await page.locator('#add-filter > summary').click()
    await page.getByLabel('Value').fill('/blog')
    await page.locator('#add-filter').getByRole('button', { name: 'Filter' }).click()
    await expect(page.locator('.chip')).toHaveCount(2)
  })
})

test('is dark when the system is, and when the reader says so', async ({ page }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await page.goto('/small.example')
  const light = await ground()
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await ground()
  expect(dark).not.toBe(light)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.locator('.account > summary').click()
  await page.getByRole('button', { name: 'Dark' }).click()
  await expect(page).toHaveURL(/\/small\.example$/)
  expect(await ground()).toBe(dark)
  await page.locator('.account > summary').click()
  await page.getByRole('button', { name: 'As the system' }).click()
  await expect.poll(ground).toBe(light)
})

for (const width of [390, 360]) {
  test(`fits ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 })
    for (const path of ['/', '/large.example?f=is:country:NO&f=contains:page:a-rather-long-value-to-filter-by-that-cannot-fit-on-one-line', '/large.example?period=12mo', '/large.example/sources', '/large.example/searches', '/small.example/searches?t.searches=ledto', '/letters.example/settings', '/letters.example/newsletters', '/small.example/newsletters', '/login', '/small.example?f=matches:page:(']) {
      await page.goto(path)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(wide, path).toBeLessThanOrEqual(width)
    }
    await page.goto('/large.example')
    await page.locator('#period > summary').click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })
}

const views: [string, string, 'light' | 'dark'][] = [
  ['the overview', '/large.example', 'light'],
  ['the overview in the dark', '/large.example?f=is:country:NO&t.sources=campaigns', 'dark'],
  ['details', '/large.example/sources', 'light'],
  ['an empty period', '/small.example?from=2026-01-01&to=2026-01-02', 'light'],
  ['the sites', '/', 'light'],
  ...['light', 'dark'].flatMap((scheme): [string, string, 'light' | 'dark'][] =>
    ['/letters.example/settings', '/letters.example/settings?saved', '/letters.example/newsletters', '/small.example/newsletters', '/small.example/searches', '/large.example/searches?t.searches=days'].map(
      (path) => [`${path}, ${scheme}`, path, scheme as 'light' | 'dark'],
    ),
  ),
  ['login', '/login', 'dark'],
  ['a one-time link', ready.unused, 'light'],
  ['an error', '/small.example?f=matches:page:(', 'light'],
]
for (const [name, path, colorScheme] of views) {
  test(`axe finds nothing serious on ${name}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.goto(path)
    for (const summary of await page.locator('details:not(.menu) > summary').all()) await summary.click()
    const { violations } = await new AxeBuilder({ page }).analyze()
    const serious = violations.filter((v) => v.impact == 'serious' || v.impact == 'critical')
    expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(', ')}`)).toEqual([])
  })
}
