// What can be asked: filters, segments, comparisons, searches in tables, annotations.
import AxeBuilder from '@axe-core/playwright'
import { expect, figure, ready, test } from './guarded'

const site = '/asking.example'

test('a period is compared with the one before, with last year, with other dates, and with nothing', async ({ page }) => {
  await page.goto(site)
  await expect(page.locator('#compare > summary')).toContainText('Previous period')
  await expect(page.locator('#figure-visitors .change')).toContainText('+50%')
  await expect(page.locator('figcaption')).toContainText('Compared with')
  const box = (await page.locator('.plot').boundingBox())!
  await page.mouse.move(box.x + box.width * (25 / 27), box.y + 100) // the 26th day beside day −30 of the period before
  await expect(page.locator('.tip .then')).toContainText('1 · ')
  await page.locator('#compare > summary').click()
  await page.getByRole('link', { name: 'Same period last year' }).click()
  await expect(page).toHaveURL(/compare=year/)
  await expect(page.locator('figcaption')).toContainText('counting began after it')
  await page.locator('#compare > summary').click()
  const month = new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10)
  await page.getByLabel('First day').fill(month)
  await page.getByLabel('Last day').fill(month)
  await page.getByRole('button', { name: 'Compare' }).click()
  await expect(page).toHaveURL(new RegExp(`cfrom=${month}&.*compare=custom|compare=custom&.*cfrom=${month}`))
  await expect(page.locator('figcaption')).toContainText('Number of days: 1 beside 28')
  await page.locator('#compare > summary').click()
  await page.getByRole('link', { name: 'No comparison' }).click()
  await expect(page).toHaveURL(/compare=none/)
  await expect(page.locator('figcaption')).not.toContainText('ompared with')
  await page.goto(site + '/pages')
  await expect(page.getByRole('row', { name: /^\/pricing/ }).locator('td').first()).toContainText('new')
})

test('what is being written into a form outlives the count of visitors now', async ({ page }) => {
  await page.goto(site)
  await page.locator('#compare > summary').click()
  await page.getByLabel('First day').fill('2026-01-15')
  await page.evaluate(() => document.addEventListener('htmx:after:swap', (event) => { document.title = (event as CustomEvent).detail.ctx.target?.id }))
  await expect(page).toHaveTitle('live', { timeout: 15_000 }) // it is counted every five seconds
  await expect(page.getByLabel('First day')).toHaveValue('2026-01-15')
})

test('a filter takes several values, is changed by its chip, and gets an alternative', async ({ page }) => {
  await page.goto(site)
  const form = page.locator('#add-filter')
  await form.locator('summary').click()
  await form.getByLabel('What').selectOption('country')
  await form.getByLabel('Value').fill('nor')
  await expect(page.locator('#filter-values option')).toHaveCount(1)
  await expect(page.locator('#filter-values option')).toHaveAttribute('value', 'Norway')
  await form.getByLabel('Value').fill('Norway')
  await form.getByLabel('or', { exact: true }).first().fill('Germany')
  await form.getByRole('button', { name: 'Filter' }).click()
  await expect(page.locator('.chip')).toHaveText([/Country is Norway or Germany/])
  await expect(figure(page, 'visitors')).toHaveText('3')
  await page.locator('.chip').getByRole('link', { name: 'Country is Norway or Germany' }).first().click()
  await expect(form).toHaveAttribute('open', '')
  await expect(form.getByLabel('Value')).toHaveValue('Norway')
  await form.getByLabel('Value').fill('Germany')
  await form.getByRole('button', { name: 'Change the filter' }).click()
  await expect(page.locator('.chip')).toHaveText([/Country is Germany/])
  await expect(figure(page, 'visitors')).toHaveText('1')
  await form.locator('summary').click()
  await form.getByLabel('What').selectOption('goal')
  await form.getByLabel('Value').fill('Saw the price')
  await form.getByLabel('Together with the other filters').selectOption({ label: 'or: Country is Germany' })
  await form.getByRole('button', { name: 'Filter' }).click()
  await expect(page.locator('.chip')).toHaveText([/Country is Germany or Goal is Saw the price/])
  await expect(figure(page, 'visitors')).toHaveText('3')
})

test('the names of properties are suggested, and the values of one', async ({ page }) => {
  await page.goto('/shop.example')
  const form = page.locator('#add-filter')
  await form.locator('summary').click()
  await form.getByLabel('What').selectOption('Property of an event')
  await form.getByLabel('Name of the property').pressSequentially('prod')
  await expect(page.locator('#filter-keys option')).toHaveCount(1)
  await expect(page.locator('#filter-keys option')).toHaveAttribute('value', 'product')
  await form.getByLabel('Name of the property').fill('product')
  await form.getByLabel('Value').focus()
  await expect(page.locator('#filter-values option')).not.toHaveCount(0)
  const value = (await page.locator('#filter-values option').first().getAttribute('value'))!
  await form.getByLabel('Value').fill(value)
  await form.getByRole('button', { name: 'Filter' }).click()
  await expect(page.locator('.chip')).toHaveText([`Property “product” is ${value}×`])
})

for (const [locale, first] of [['en-US', 'Sun'], ['en-GB', 'Mon'], ['nb-NO', 'Mon']] as const)
  test(`weeks begin as they do in ${locale}`, async ({ browser, page }) => {
    const context = await browser.newContext({ locale, storageState: await page.context().storageState() })
    const theirs = await context.newPage()
    await theirs.goto(`${ready.url}/large.example?by=week`)
    const weeks = await theirs.locator('#chart tbody th').allTextContents()
    expect(weeks.length).toBeGreaterThan(3)
    for (const week of weeks) {
      const [, day, month, year] = week.match(/(\d+)\.? (\p{L}+)\.? (\d{4})/u)!
      const date = new Date(`${day} ${month!.slice(0, 3).replace('mai', 'May').replace('okt', 'Oct').replace('des', 'Dec')} ${year} 12:00 UTC`)
      expect(date.toUTCString().slice(0, 3), week).toBe(first)
    }
    await context.close()
  })

test('a pattern that is none is explained where it was typed, and what was typed stays', async ({ page }) => {
  await page.goto(site + '?f=is:country:NO')
  const form = page.locator('#add-filter')
  await form.locator('summary').click()
  await form.getByLabel('How').selectOption('matches')
  await form.getByLabel('Value').fill('^/blog(')
  await form.getByRole('button', { name: 'Filter' }).click()
  await expect(form.getByRole('alert')).toContainText('not a regular expression (RE2): missing closing )')
  await expect(form.getByLabel('Value')).toHaveValue('^/blog(')
  await expect(form.getByLabel('Value')).toHaveAttribute('aria-describedby', 'filter-problem')
  await expect(page.locator('.chip')).toHaveCount(1)
  await form.getByLabel('Value').fill('^/blog')
  await form.getByRole('button', { name: 'Filter' }).click()
  await expect(page.locator('.chip')).toHaveCount(2)
  await expect(figure(page, 'visitors')).toHaveText('1')
})

test('filters are saved as a segment, entered and left', async ({ page }) => {
  await page.goto(site + '?f=is:country:NO&f=is:browser:Safari')
  await page.locator('#segments > summary').click()
  await page.locator('#segments').getByLabel('Name').fill('Norwegian Macs')
  await page.locator('#segments').getByRole('button', { name: 'Save' }).click()
  await expect(page.locator('#saved')).toHaveText('Saved.')
  await expect(page.locator('.chip')).toHaveText([/Segment: Norwegian Macs/])
  await expect(figure(page, 'visitors')).toHaveText('1')
  await page.locator('#segments > summary').click()
  await page.locator('#segments').getByRole('link', { name: 'At a desk' }).click()
  await expect(page.locator('.chip')).toHaveText([/Segment: At a desk/])
  await expect(figure(page, 'visitors')).toHaveText('2')
  await page.getByRole('link', { name: 'Leave the segment At a desk' }).click()
  await expect(page.locator('.chip')).toHaveCount(0)
})

test('a click on a goal leads to the overview of who reached it', async ({ page }) => {
  await page.goto(site + '/goals')
  await page.locator('#list-goals').getByRole('link', { name: 'Saw the price' }).click()
  await expect(page).toHaveURL(/asking\.example\?f=is:goal:/)
  await expect(page.locator('.chip')).toHaveText([/Goal is Saw the price/])
  await expect(figure(page, 'visitors')).toHaveText('2')
})

test('rows are searched and sorted by any column, and the address holds it', async ({ page }) => {
  await page.goto(site + '/pages')
  await page.getByRole('searchbox', { name: 'Search the rows' }).fill('BLOG')
  await page.getByRole('searchbox').press('Enter')
  await expect(page).toHaveURL(/q\.pages=BLOG/)
  const rows = page.locator('#panel-pages tbody th')
  await expect(rows).toHaveText([/\/blog$/, /\/blog\/ski/])
  await page.getByRole('columnheader', { name: 'Page', exact: true }).getByRole('link').click()
  await expect(page).toHaveURL(/sort=name/)
  await page.getByRole('columnheader', { name: 'Page', exact: true }).getByRole('link').click()
  await expect(page).toHaveURL(/q\.pages=BLOG&sort=-name/)
  await expect(page.getByRole('columnheader', { name: 'Page', exact: true })).toHaveAttribute('aria-sort', 'descending')
  await expect(rows).toHaveText([/\/blog\/ski/, /\/blog$/])
  await page.getByRole('link', { name: 'All rows', exact: true }).click()
  await expect(rows).toHaveCount(4)
})

test('a few days are drawn by hour', async ({ page }) => {
  await page.goto(site + '?period=7d')
  await page.locator('.steps').getByRole('link', { name: 'hour' }).click()
  await expect(page).toHaveURL(/by=hour/)
  const hours = await page.locator('.data tbody tr').count()
  expect([167, 168, 169]).toContain(hours) // a change of the clock has one less, or repeats one
  await expect(page.locator('.axis text')).toHaveCount(7)
})

test('an annotation is written at the chart, marked in it and listed below', async ({ page }) => {
  await page.goto(site + '?period=7d')
  await page.locator('#annotate > summary').click()
  await page.locator('#annotate').getByLabel('Text').fill('Winter sale')
  await page.locator('#annotate').getByRole('button', { name: 'Save' }).click()
  await expect(page.locator('#notes')).toContainText('Winter sale')
  const mark = page.getByRole('link', { name: /^Annotation 1: Winter sale, / })
  await expect(mark).toBeVisible()
  await mark.focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#note-/)
  await expect(page.locator('#notes li:target')).toContainText('Winter sale')
})

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false })

  test('comparisons, filters, segments and searches lead to the same pages', async ({ page }) => {
    await page.goto(site)
    await page.locator('#compare > summary').click()
    await page.getByRole('link', { name: 'No comparison' }).click()
    await expect(page.locator('#figure-visitors .change')).toContainText('nothing to compare with')
    await page.locator('#add-filter > summary').click()
    await page.locator('#add-filter').getByLabel('What').selectOption('country')
    await page.locator('#add-filter').getByLabel('Value').fill('Norway')
    await page.locator('#add-filter').getByRole('button', { name: 'Filter' }).click()
    await expect(figure(page, 'visitors')).toHaveText('2')
    await page.locator('.chip').getByRole('link', { name: 'Country is Norway' }).first().click()
    await expect(page.locator('#add-filter').getByLabel('Value')).toHaveValue('Norway')
    await page.locator('#segments > summary').click()
    await page.locator('#segments').getByRole('link', { name: 'At a desk' }).click()
    await expect(page.locator('.chip')).toHaveCount(2)
    await page.goto(site + '/pages?q.pages=ski')
    await expect(page.locator('#panel-pages tbody tr')).toHaveCount(1)
  })
})

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [390, 1440])
    test(`axe finds nothing serious in what can be asked, ${colorScheme}, ${width}`, async ({ page }) => {
      test.slow() // four pages, each looked through by axe
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      for (const [path, menu] of [['?f=or(is:country:NO,is:device:Mobile)&fd=page&fo=matches&fv=(', ''], ['?f=is:country:NO', '#segments'], ['?compare=year&period=7d&by=hour', '#compare'], ['/pages?q.pages=blog&sort=-name', '']] as const) {
        await page.goto(site + path)
        if (menu) await page.locator(`${menu} > summary`).click()
        if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/asking-${path.replace(/\W+/g, '_')}-${colorScheme}-${width}.png`, fullPage: !menu })
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width)
        const { violations } = await new AxeBuilder({ page }).analyze()
        const serious = violations.filter((v) => v.impact == 'serious' || v.impact == 'critical')
        expect(serious.map((v) => `${path} ${v.id}: ${v.nodes.map((n) => n.target).join(', ')}`)).toEqual([])
      }
    })
