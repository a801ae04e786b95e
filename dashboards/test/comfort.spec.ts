// Comfort: shortcuts for those who like keys, paper, less motion, and colours of the reader's own.
import { expect, ready, serious, test } from './guarded'

test('shortcuts change the period, look for something, go to reports and list themselves', async ({ page }) => {
  await page.goto('/small.example')
  for (const [key, url, name] of [['d', /period=today$/, 'Today'], ['ArrowLeft', /period=yesterday$/, 'Yesterday'], ['ArrowRight', /period=today$/, 'Today'], ['t', /\/small\.example$/, 'Last 28 days']] as const) {
    await page.keyboard.press(key)
    await expect(page).toHaveURL(url)
    await expect(page.locator('#period > summary')).toContainText(name)
  }
  await page.keyboard.press('/')
  await expect(page.locator('#add-filter')).toHaveAttribute('open', '')
  await page.keyboard.type('wy') // typed into the form, not obeyed
  await page.keyboard.press('Escape')
  await expect(page.locator('#add-filter')).not.toHaveAttribute('open')
  await page.keyboard.press('Control+d')
  await expect(page).toHaveURL(/\/small\.example$/)

  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toBeVisible()
  await page.keyboard.press('w') // not obeyed under the sheet
  expect(await serious(page, '#keys')).toEqual([])
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await expect(page).toHaveURL(/\/small\.example$/)
  for (const [key, path] of [['r', '/realtime'], ['g', '/goals'], ['j', '/journeys'], ['s', '/settings'], ['o', '']] as const) {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await expect(page).toHaveURL(new RegExp(`/small\\.example${path}$`))
    await page.waitForLoadState()
  }
})

test('shortcuts can be switched off, and on again without one', async ({ page }) => {
  await page.context().addCookies([{ name: 'language', value: 'nb', url: ready.url }])
  await page.goto('/small.example')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Hurtigtaster' }).getByRole('checkbox').uncheck()
  await page.getByRole('button', { name: 'Lukk' }).click()
  await page.reload()
  for (const key of ['?', 'd', '/']) await page.keyboard.press(key)
  await expect(page.locator('#keys')).toBeHidden()
  await expect(page.locator('#add-filter')).not.toHaveAttribute('open')
  await expect(page).toHaveURL(/\/small\.example$/)
  await page.locator('.account > summary').click()
  await page.getByRole('button', { name: /^Hurtigtaster/ }).click()
  await page.getByRole('checkbox', { name: 'Hurtigtaster er på i denne nettleseren' }).check()
  await page.keyboard.press('Escape')
  await expect(page.locator('#keys')).toBeHidden()
  await page.keyboard.press('d')
  await expect(page).toHaveURL(/period=today/)
})

test('the overview prints its figures, chart and tables on A4, and no controls', async ({ page }) => {
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  await page.setViewportSize({ width: 688, height: 1000 }) // A4 within its margins
  await page.goto('/large.example')
  for (const shown of ['#figure-visitors', 'svg.lines path.now', '#panel-sources table', '#panel-places', '#period > summary']) await expect(page.locator(shown).first()).toBeVisible()
  for (const gone of ['#live', '#add-filter', '.account', '#period-previous', '.csv', '.details', '.foot', '.plot canvas', '#keys'])
    for (const one of await page.locator(gone).all()) await expect(one, gone).toBeHidden()
  const tabs = page.locator('#panel-sources .tabs').first().getByRole('link')
  await expect(tabs.filter({ visible: true })).toHaveCount(1) // the one that is shown names the table
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(688)
  expect(await page.evaluate(() => getComputedStyle(document.querySelector('.card')!).backgroundColor)).toBe('rgb(255, 255, 255)')
  const paper = (await page.pdf({ preferCSSPageSize: true, printBackground: false })).toString('latin1')
  const pages = paper.match(/\/Type\s*\/Page\b/g)!.length
  expect(pages).toBeLessThanOrEqual(4)
  const [, width, height] = paper.match(/\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)/)!
  expect([Math.round(Number(width)), Math.round(Number(height))]).toEqual([595, 842])
})

test('nothing moves for those who want less motion', async ({ page }) => {
  const moves = () => page.evaluate(() => [...document.querySelectorAll('*')].filter((e) => ![e, '::before', '::after'].every((p) => getComputedStyle(e, p == e ? null : String(p)).animationName == 'none')).length + document.getAnimations().length)
  await page.goto('/small.example')
  await expect(page.locator('#live .pulse')).toBeVisible()
  expect(await moves()).toBeGreaterThan(0) // somebody is there: it breathes
  await page.emulateMedia({ reducedMotion: 'reduce' })
  expect(await moves()).toBe(0)
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior)).toBe('auto')
})

test('bars and lines keep to be seen in the colours of the reader', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' })
  await page.goto('/large.example')
  const paint = (selector: string, property: 'fill' | 'stroke') => page.locator(selector).first().evaluate((e, p) => getComputedStyle(e)[p], property)
  const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await expect(page.locator('svg.lines path.now')).toBeVisible()
  expect(await paint('svg.lines path.now', 'stroke')).not.toBe(ground)
  const bar = page.locator('#panel-sources .share rect').first()
  await expect(bar).toBeVisible()
  expect(await paint('#panel-sources .share rect', 'fill')).not.toBe(ground)
  expect(await page.locator('.card').first().evaluate((e) => getComputedStyle(e).borderTopStyle)).toBe('solid')
})
