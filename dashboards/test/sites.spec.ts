// A site from its first day to its last: added, installed, told what is wanted of it, and removed. Each test has a site of its own.
import type { Page } from '@playwright/test'
import { expect, figure, ready, test } from './guarded'

async function add(page: Page, domain: string) {
  await page.goto('/-/sites')
  await page.getByLabel('Domain').fill(domain)
  await page.locator('#add-site').getByLabel('IANA name of the time zone').fill('Europe/Oslo')
  await page.getByRole('button', { name: 'Add it' }).click()
  await expect(page).toHaveURL(new RegExp(`/${domain.replace('.', '\\.')}/install$`))
}

const define = async (page: Page, site: string, section: string) => {
  await page.goto(`/${site}/settings/${section}`)
  return page.locator('#define-form')
}
const save = (page: Page) => page.locator('#define-form').getByRole('button', { name: 'Save' }).click()
const defined = (page: Page) => page.locator('#defined li')

test('a site is added, its installation check turns to received, and it is removed', async ({ page, request, faults }) => {
  await page.goto('/-/sites')
  await page.getByLabel('Domain').fill('not a domain')
  await page.getByRole('button', { name: 'Add it' }).click()
  await expect(page.locator('#problem')).toHaveText('That is not a domain: give it as in example.org.')
  expect(faults.splice(0)).toHaveLength(1) // the browser names 422 in its console
  await add(page, 'fjord.example')
  await expect(page.locator('#snippet-html code')).toContainText('data-domain="fjord.example"')
  await expect(page.locator('#verdict')).toHaveText('Waiting for the first beacon…')
  await expect(page.locator('#arrivals #refused')).toHaveText('Nothing was refused today.')
  expect((await request.post(`${ready.control}/first-beacon?site=fjord.example`)).ok()).toBe(true)
  await expect(page.locator('#verdict')).toContainText('Received: beacons of this site arrive.') // by itself
  await page.getByRole('link', { name: 'Show the figures' }).click()
  await expect(figure(page, 'visitors')).toHaveText('3')

  await page.goto('/fjord.example/remove')
  await page.getByLabel('Type fjord.example to confirm').fill('fjord')
  await page.getByRole('button', { name: 'Remove it for good' }).click()
  await expect(page.locator('#problem')).toHaveText('Nothing was removed: what you typed is not fjord.example.')
  expect(faults.splice(0)).toHaveLength(1)
  await page.getByLabel('Type fjord.example to confirm').fill('fjord.example')
  await page.getByRole('button', { name: 'Remove it for good' }).click()
  await expect(page.locator('#removed')).toHaveText('fjord.example is removed, with everything that was measured on it.')
  await expect(page.locator('#sites')).not.toContainText('fjord.example')
  expect((await request.get(`${ready.url}/fjord.example`)).status()).toBe(404)
  await page.goto('/-/audit?action=site.remove')
  await expect(page.locator('#changes')).toContainText('fjord.example')
})

test('goals and a funnel are defined, changed, shown and removed', async ({ page }) => {
  await add(page, 'goals.example')
  let form = await define(page, 'goals.example', 'goals')
  await expect(page.locator('#none')).toHaveText('There is no goal yet.')
  await form.getByLabel('Name').fill('Bought')
  await expect(form.locator('.for-event')).toBeHidden() // only what this kind of goal needs
  await form.locator('.for-page').getByLabel('Page').fill('/thanks')
  await save(page)
  await expect(page.locator('#saved')).toBeVisible()
  await form.getByLabel('Name').fill('Signed up')
  await form.getByRole('radio', { name: 'An event of your own' }).check()
  await form.locator('.for-event').getByLabel('Event').fill('Signup')
  await form.getByLabel('Property').first().fill('plan')
  await form.getByLabel('Value').first().fill('season')
  await save(page)
  await expect(defined(page)).toHaveCount(2)
  await expect(defined(page).filter({ hasText: 'Signed up' })).toContainText('plan = season')

  await defined(page).filter({ hasText: 'Bought' }).getByRole('link', { name: /^Change ?: Bought/ }).click()
  await form.locator('.for-page').getByLabel('Page').fill('/receipt')
  await save(page)
  await expect(defined(page).filter({ hasText: 'Bought' })).toContainText('/receipt')

  form = await define(page, 'goals.example', 'funnels')
  await form.getByLabel('Name').fill('From the form to the receipt')
  await form.getByLabel('Step 1').selectOption('Signed up')
  await form.getByLabel('Step 2').selectOption('Bought')
  await save(page)
  await expect(defined(page)).toContainText('Signed up → Bought')
  await defined(page).locator('summary').click()
  await page.getByRole('button', { name: /^Yes, remove it/ }).click()
  await expect(page.locator('#none')).toHaveText('There is no funnel yet.')
})

test('segments, annotations and what is not counted are kept as they were written', async ({ page, faults }) => {
  await add(page, 'kept.example')
  let form = await define(page, 'kept.example', 'segments')
  await form.getByLabel('Name').fill('Phones')
  await form.getByLabel('Address of a page with filters').fill(`${ready.url}/kept.example?period=7d&f=is:device:Mobile`)
  await form.getByRole('radio', { name: 'For me alone' }).check()
  await save(page)
  await expect(defined(page)).toContainText('For me alone')
  const kept = new URL((await defined(page).getByRole('link', { name: 'Phones', exact: true }).getAttribute('href'))!, ready.url)
  expect([kept.pathname, kept.searchParams.get('f'), kept.searchParams.has('period')]).toEqual(['/kept.example', 'is:device:Mobile', false])

  form = await define(page, 'kept.example', 'annotations')
  await form.getByLabel('Text').fill('The new shop opened')
  await form.getByLabel('Day').fill('2026-03-04')
  await form.getByLabel('Hour').fill('9')
  await save(page)
  await expect(defined(page)).toContainText('4 Mar 2026')

  form = await define(page, 'kept.example', 'counting')
  const lines = (title: string) => form.locator('div', { has: page.getByRole('heading', { name: title, exact: true }) }).getByLabel('One a line')
  await lines('Pages that are not counted').fill('/admin/**')
  await lines('Addresses that are not counted').fill('192.0.2.0/33')
  await save(page)
  await expect(page.locator('#problem')).toContainText('192.0.2.0/33')
  expect(faults.splice(0)).toHaveLength(1)
  await expect(lines('Pages that are not counted')).toHaveValue(/^\/admin\/\*\*\s*$/) // nothing has to be written twice
  await lines('Addresses that are not counted').fill('192.0.2.0/24')
  await lines('Hosts that are counted').fill('shop.kept.example')
  await save(page)
  await expect(page.locator('#saved')).toBeVisible()
  await page.goto('/kept.example/settings/counting')
  await expect(lines('Addresses that are not counted')).toHaveValue(/^192\.0\.2\.0\/24\s*$/)
  await expect(lines('Hosts that are counted')).toHaveValue(/^shop\.kept\.example\s*$/)
})
