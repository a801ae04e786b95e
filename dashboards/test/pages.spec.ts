// The pages beside the overview: the settings, newsletters and searches of a site.
import { expect, test } from './guarded'
import type { Page } from '@playwright/test'

const preset = (page: Page, name: string) => page.getByRole('radio', { name: new RegExp(`^${name}`) })
const least = (page: Page) => page.getByLabel('Searches a phrase needs in the period looked at to be shown')

test('the menu leads to the pages of a site and says where one is', async ({ page }) => {
  await page.goto('/letters.example')
  const menu = page.locator('.switch')
  for (const [name, path] of [['Newsletters', '/newsletters'], ['Settings', '/settings'], ['Overview', '']] as const) {
    await menu.locator('summary').click()
    await menu.getByRole('link', { name, exact: true }).click()
    await expect(page).toHaveURL(new RegExp(`/letters\\.example${path}$`))
    await expect(menu.locator('[aria-current="page"]')).toHaveText(name)
    if (path) await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
  }
  await page.locator('#to-settings').click()
  await page.getByRole('link', { name: 'Back to the overview' }).click()
  await expect(page).toHaveURL(/\/letters\.example$/)
})

test('settings are changed with a keyboard, and shown as they were saved', async ({ page }) => {
  await page.goto('/keys.example/settings')
  await expect(preset(page, 'standard')).toBeChecked()
  await preset(page, 'standard').focus()
  await page.keyboard.press('ArrowDown')
  await expect(preset(page, 'cnil')).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByLabel(/^Honour Sec-GPC/)).toBeFocused()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await least(page).focus()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('7')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Save' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'Saved.' })).toBeVisible()
  await page.goto('/keys.example/settings')
  await expect(page.locator('#saved')).toHaveCount(0)
  await expect(preset(page, 'cnil')).toBeChecked()
  await expect(least(page)).toHaveValue('7')
  await expect(page.getByLabel(/^Keep the path of external referrers/)).toBeChecked()
  await expect(page.getByLabel(/^Keep path segments/)).not.toBeChecked()
  await expect(page.locator('#presets thead .here')).toHaveText('cnil')
})

test('a threshold out of bounds is not sent', async ({ page }) => {
  await page.goto('/letters.example/settings')
  await least(page).fill('1')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(least(page)).toBeFocused()
  expect(await least(page).evaluate((input: HTMLInputElement) => input.validity.rangeUnderflow)).toBe(true)
  await page.goto('/letters.example/settings')
  await expect(least(page)).toHaveValue('2')
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('settings are changed', async ({ page }) => {
    await page.goto('/plain.example/settings')
    await preset(page, 'headers-only').check()
    await least(page).fill('12')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.locator('#saved')).toContainText('Saved.')
    await expect(preset(page, 'headers-only')).toBeChecked()
    await expect(least(page)).toHaveValue('12')
  })

  test('searches have their tabs', async ({ page }) => {
    await page.goto('/small.example/searches')
    await page.locator('#panel-searches .tabs').getByRole('link', { name: 'No results', exact: true }).click()
    await expect(page.locator('#panel-searches tbody')).toContainText('snowshoes')
    await expect(page.locator('#panel-searches tbody')).not.toContainText('ski wax')
  })
})

test('newsletters show clicks, opens and machines, and what to put into a letter', async ({ page }) => {
  await page.goto('/letters.example/newsletters')
  const one = page.locator('#letter-spring')
  await expect(one.getByRole('heading', { name: 'Spring on the fjord' })).toBeVisible()
  await expect(one.locator('.counts')).toHaveText('24 clicks · 40 opens · 3 more by machines')
  await expect(one.getByRole('row', { name: /^shop/ }).locator('td')).toHaveText(['20', '3'])
  await expect(one.getByRole('row', { name: /^reading/ }).locator('td')).toHaveText(['4', '0'])
  await expect(page.locator('.plot canvas')).toBeVisible()
  await one.getByText('What to put into the letter').click()
  await expect(one.locator('code').first()).toHaveText('https://stats.example/n/spring/shop')
  await page.locator('#period > summary').click()
  await page.getByRole('link', { name: 'Today', exact: true }).click()
  await expect(page).toHaveURL(/\/letters\.example\/newsletters\?period=today/)
  await expect(one.locator('.counts')).toContainText('4 clicks')
  await page.goto('/small.example/newsletters')
  await expect(page.getByRole('heading', { name: 'There is no newsletter yet' })).toBeVisible()
})

test('searches are shown by phrase, without results, refined, opened and by day', async ({ page }) => {
  await page.goto('/small.example')
  await page.locator('#panel-searches .details a:not(.csv)').click()
  await expect(page.getByRole('heading', { level: 1, name: 'Site search' })).toBeVisible()
  const rows = page.locator('#panel-searches tbody tr')
  await expect(rows.first()).toContainText('ski wax')
  for (const [name, id, text] of [['No results', 'zero', /^\s*snowshoes\s*2/], ['Refined', 'refined', /^\s*ski wax\s*2/], ['Opened', 'opened', /^\s*\/blog\/ski\s*3/], ['By day', 'days', /20\d\d\s*8/]] as const) {
    const tab = page.locator('#panel-searches .tabs').first().getByRole('link', { name, exact: true })
    await tab.click()
    await expect(page).toHaveURL(new RegExp(`t\\.searches=${id}`))
    await expect(tab).toHaveAttribute('aria-current', 'true')
    await expect(rows.first()).toHaveText(text)
    await expect(page.locator('#panel-searches')).not.toContainText('ola nordmann')
  }
  await page.goBack()
  await expect(rows.first()).toContainText('/blog/ski')
})

test('the trend of searches is drawn, and drawn without a script; phrases are sorted and searched', async ({ page, browser }) => {
  await page.goto('/large.example/searches')
  const panel = page.locator('#panel-searches')
  await expect(page.locator('#trend svg .now')).toHaveAttribute('d', /^M0 .+L963 /)
  const box = (await page.locator('.plot').boundingBox())!
  await page.mouse.move(box.x + box.width / 2, box.y + 100)
  await expect(page.locator('.tip .now')).toHaveText(/^\d+$/)
  await page.locator('#trend .steps').getByRole('link', { name: 'week' }).click()
  await expect(page).toHaveURL(/searches\?by=week/)
  const phrases = () => panel.locator('tbody tr:not(.rare) th').allTextContents().then((all) => all.map((text) => text.trim()))
  await panel.getByRole('link', { name: 'Phrases' }).last().click()
  await expect(page).toHaveURL(/sort=name/)
  expect(await phrases()).toEqual((await phrases()).toSorted((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), 'en')))
  const first = (await phrases())[0]!
  await panel.getByRole('searchbox').fill(first.slice(1, 4).toUpperCase())
  await panel.getByRole('button', { name: 'Search' }).click()
  await expect(page).toHaveURL(/q\.searches=/)
  expect(await phrases()).toContain(first)
  await panel.getByRole('searchbox').fill('no such phrase')
  await panel.getByRole('button', { name: 'Search' }).click()
  await expect(panel).toContainText('No row contains “no such phrase”')
  const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() })
  const bare = await plain.newPage()
  await bare.goto(new URL('/small.example/searches?t.searches=days', page.url()).href)
  await expect(bare.locator('#trend .frame')).toHaveAttribute('aria-label', /^Searches by day, .+ highest 8/)
  await plain.close()
})

test('the table of presets stays inside its columns, and becomes cards where there is no room', async ({ page }) => {
  await page.goto('/letters.example/settings')
  const spills = () =>
    page.locator('#presets').evaluate((table) => [...table.querySelectorAll('th, td')].filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent))
  expect(await spills()).toEqual([])
  const radio = (await preset(page, 'standard').boundingBox())!
  expect(radio.width).toBeLessThan(24)
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await spills()).toEqual([])
  const [head, cell] = await Promise.all([page.locator('#presets tbody th').first().boundingBox(), page.locator('#presets tbody td').first().boundingBox()])
  expect(cell!.y).toBeGreaterThan(head!.y)
  expect(cell!.width).toBeGreaterThan(300)
})
