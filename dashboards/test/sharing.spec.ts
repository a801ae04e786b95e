// What leaves the dashboards: files, shared links, framed figures, reports.
import { readFileSync } from 'node:fs'
import { expect, figure, ready, serious, test } from './guarded'

const nobody = { cookies: [], origins: [] }

test('a table is taken away as CSV, with the filters of the page', async ({ page }) => {
  await page.goto('/small.example?f=is:country:NO')
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('#panel-places .csv').click()])
  expect(file.suggestedFilename()).toMatch(/^small\.example_places-countries_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv$/)
  const lines = readFileSync((await file.path())!, 'utf8').split('\r\n')
  expect(lines.slice(0, 3)).toEqual(['"country","visitors","percentage","visits","pageviews","bounce_rate","visit_duration"', '"NO",2,100,2,5,0,150', ''])
  await expect(figure(page, 'visitors')).toHaveText('2') // the page stays where it was
})

test('everything is taken away as a ZIP', async ({ page }) => {
  await page.goto('/small.example')
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('#zip').click()])
  expect(file.suggestedFilename()).toMatch(/^small\.example_all_.*\.zip$/)
  expect(readFileSync((await file.path())!).subarray(0, 2).toString()).toBe('PK')
})

test('an owner makes a link that shows a part, sees it work without a login, and revokes it', async ({ page, browser, faults }) => {
  await page.goto('/small.example/settings')
  await page.locator('.sections').getByRole('link', { name: 'Sharing and reports' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sharing and reports' })).toBeVisible()
  const form = page.locator('#add-share')
  await form.getByLabel('Name').fill('Norwegian partners')
  await form.getByLabel('Only a part').fill('/small.example?f=is:country:NO')
  await form.getByRole('button', { name: 'Make a link' }).click()
  const address = (await page.locator('#new-link code').first().textContent())!
  await expect(page.locator('#shares')).toContainText('Country is Norway')

  const other = await browser.newContext({ storageState: nobody, baseURL: ready.url })
  const theirs = await other.newPage()
  await theirs.goto(address)
  await expect(figure(theirs, 'visitors')).toHaveText('2')
  await theirs.locator('#period > summary').click()
  await theirs.getByRole('link', { name: 'Today', exact: true }).click()
  await expect(theirs).toHaveURL(new RegExp(`${address}\\?period=today$`))
  await expect(figure(theirs, 'visitors')).toHaveText('1')
  await expect(theirs.locator('#panel-searches')).toHaveCount(0)
  const gone = await theirs.goto('/small.example')
  expect(gone!.url()).toContain('/login')

  await page.locator('#shares .sure summary').click()
  await page.getByRole('button', { name: 'Revoke: Norwegian partners' }).click()
  await expect(page.locator('#saved')).toBeVisible()
  expect((await theirs.goto(address))!.status()).toBe(404)
  await other.close()
  expect(faults).toEqual([])
})

test('a link with a password opens with it', async ({ page, browser }) => {
  await page.goto('/plain.example/sharing')
  const form = page.locator('#add-share')
  await form.getByLabel('Name').fill('board')
  await form.getByLabel('Password').fill('snow on the fjord')
  await form.getByRole('button', { name: 'Make a link' }).click()
  const address = (await page.locator('#new-link code').first().textContent())!
  const other = await browser.newContext({ storageState: nobody, baseURL: ready.url })
  const theirs = await other.newPage()
  await theirs.goto(address)
  await theirs.getByLabel('Password').fill('snow on the fjord')
  await theirs.getByRole('button', { name: 'Show the figures' }).click()
  await expect(theirs).toHaveURL(ready.url + address)
  await expect(theirs.getByRole('alert')).toHaveCount(0)
  await other.close()
})

test('figures are framed by a page that may, and by no other', async ({ page, browser }) => {
  await page.goto('/letters.example/sharing')
  await page.locator('#open-form').getByLabel(/^Pages that may frame/).fill(ready.control)
  await page.locator('#open-form').getByRole('button', { name: 'Save' }).click()
  await expect(page.locator('#saved')).toBeVisible()
  await page.locator('#add-share').getByLabel('Name').fill('intranet')
  await page.getByRole('button', { name: 'Make a link' }).click()
  const address = (await page.locator('#new-link code').first().textContent())!
  const other = await browser.newContext({ storageState: nobody })
  const theirs = await other.newPage()
  await theirs.goto(`${ready.control}/frame?src=${encodeURIComponent(ready.url + address + '/embed-dark')}`)
  const frame = theirs.frameLocator('iframe')
  await expect(frame.locator('#figure-visitors strong')).toHaveText('3')
  await expect(frame.locator('header.bar')).toHaveCount(0)
  await frame.locator('#figure-visits').click()
  await expect(frame.locator('#figure-visits')).toHaveAttribute('aria-current', 'true')
  await theirs.goto(`${ready.control.replace('127.0.0.1', 'localhost')}/frame?src=${encodeURIComponent(ready.url + address + '/embed')}`) // another origin
  await expect(theirs.frameLocator('iframe').locator('#figure-visitors')).toHaveCount(0)
  await other.close()
})

test('reports and alerts are set, and what is wrong is said in place', async ({ page, faults }) => {
  await page.goto('/keys.example/sharing')
  await expect(page.locator('#no-mail')).toBeVisible()
  const form = page.locator('#add-mailing')
  await form.getByLabel('To these addresses').fill('kari@example.org, not an address')
  await form.getByRole('button', { name: 'Add the report' }).click()
  await expect(page.locator('#problem')).toContainText('is not an e-mail address')
  faults.splice(0) // the browser names 422 in its console
  await form.getByLabel('How often').selectOption('monthly')
  await form.getByLabel('To these addresses').fill('kari@example.org ola@example.org')
  await form.getByRole('button', { name: 'Add the report' }).click()
  await expect(page.locator('.entry')).toContainText('kari@example.org, ola@example.org')
  await page.locator('#alert-form').getByLabel('Tell me from so many visitors at once').fill('50')
  await page.locator('#alert-form').getByRole('button', { name: 'Save' }).click()
  await expect(page.locator('#alert-form').getByLabel('Tell me from so many visitors at once')).toHaveValue('50')
  await page.locator('.entry .sure summary').click()
  await page.getByRole('button', { name: /^Remove: Every month/ }).click()
  await expect(page.locator('.entry')).toHaveCount(0)
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
    expect(await serious(page)).toEqual([])
  }
  expect(asked.filter((u) => !u.includes('/mail') && !u.endsWith('/favicon.ico'))).toEqual([])
  await context.close()
})
