// Who may log in, and how: an invitation, a password, a second factor, recovery codes, tokens, and what the audit log says of it all.
import { createHmac } from 'node:crypto'
import type { Page } from '@playwright/test'
import { expect, ready, serious, test } from './guarded'

/** The code of an authenticator app (RFC 6238) that has the secret, some steps of 30 seconds from the server's now. */
function code(secret: string, steps: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/ /g, '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(ready.now / 30) + steps))
  const sum = createHmac('sha1', key).update(counter).digest()
  return String((sum.readUInt32BE(sum[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

async function nothingSerious(page: Page) {
  expect(await serious(page)).toEqual([])
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/accounts-${shot++}.png`, fullPage: true })
}
let shot = 1

async function logIn(page: Page, user: string, password: string) {
  await page.goto('/login')
  await page.getByLabel('User or e-mail').fill(user)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

test('somebody is invited, chooses a password, sets up a second factor and logs in with it', async ({ page, browser, faults }) => {
  test.slow() // fifteen pages
  await page.goto('/-/users')
  await page.getByLabel('Login or e-mail address').fill('ingrid@example.org')
  await page.getByLabel('Role on all sites, those to come included').selectOption('A role for each site')
  await page.getByLabel('small.example').selectOption('Viewer')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'One-time link for ingrid@example.org' })).toBeVisible()
  await nothingSerious(page)
  const link = await page.locator('#link').textContent()
  await expect(page.getByRole('row', { name: /^ingrid@example\.org/ })).toContainText('Viewer of small.example')
  await expect(page.getByRole('row', { name: /^ingrid@example\.org/ })).toContainText('has no password yet')

  const context = await browser.newContext({ baseURL: ready.url, storageState: { cookies: [], origins: [] }, locale: 'en-GB' })
  const hers = await context.newPage()
  await hers.goto(new URL(link!, ready.url).pathname)
  await hers.getByText('or choose a password first').click()
  await hers.getByLabel('New password').fill('rowing on the lake')
  await hers.getByLabel('The same once more').fill('rowing on the lake')
  await hers.getByRole('button', { name: 'Set the password' }).click()
  await expect(hers).toHaveURL(/\/small\.example$/) // the only site there is for her

  await hers.locator('.account > summary').click()
  await expect(hers.getByRole('link', { name: 'Users' })).toHaveCount(0)
  await hers.getByRole('link', { name: 'Account' }).click()
  await expect(hers.locator('#second')).toContainText('Off.')
  await hers.getByRole('link', { name: 'Manage' }).click()
  await nothingSerious(hers)
  const secret = (await hers.locator('#secret').textContent())!
  await hers.getByLabel('Six digits').fill('000000')
  await hers.getByRole('button', { name: 'Turn it on' }).click()
  await expect(hers.getByRole('alert').first()).toContainText('This code is not right')
  expect(await hers.locator('#secret').textContent()).toBe(secret) // an app that has scanned it need not scan again
  await hers.getByLabel('Six digits').fill(code(secret, -1))
  await hers.getByRole('button', { name: 'Turn it on' }).click()
  await expect(hers.locator('#codes li')).toHaveCount(10)
  await nothingSerious(hers)
  const recovery = (await hers.locator('#codes li').first().textContent())!
  await hers.getByRole('link', { name: 'I have kept them' }).click()
  await expect(hers.locator('#second')).toContainText('On since')

  const logOut = async () => {
    await hers.locator('.account > summary').click()
    await hers.getByRole('button', { name: 'Log out', exact: true }).click()
    await expect(hers.getByText('You are logged out.')).toBeVisible()
  }
  await logOut()
  await logIn(hers, 'ingrid@example.org', 'rowing on the lake')
  await expect(hers.getByRole('heading', { name: 'Second factor' })).toBeVisible()
  await expect(hers.getByLabel('Code', { exact: true })).toBeFocused()
  await nothingSerious(hers)
  await hers.goto('/small.example') // the password alone opens nothing
  await expect(hers).toHaveURL(/\/login/)
  await logIn(hers, 'ingrid@example.org', 'rowing on the lake')
  await hers.getByLabel('Code', { exact: true }).fill(code(secret, -1)) // used already
  await hers.keyboard.press('Enter')
  await expect(hers.getByRole('alert')).toContainText('was used already')
  await hers.getByLabel('Code', { exact: true }).fill(code(secret, 0))
  await hers.keyboard.press('Enter')
  await expect(hers).toHaveURL(/\/small\.example$/)

  await logOut()
  await logIn(hers, 'ingrid@example.org', 'rowing on the lake')
  await hers.getByLabel('Code', { exact: true }).fill(recovery)
  await hers.keyboard.press('Enter')
  await expect(hers).toHaveURL(/\/small\.example$/)
  await hers.goto('/-/account/second')
  await expect(hers.locator('#left')).toHaveText('9 recovery codes are left.')
  await nothingSerious(hers)
  await context.close()

  await page.goto('/-/users')
  await page.getByRole('row', { name: /^ingrid@example\.org/ }).getByRole('link').click()
  await nothingSerious(page)
  await page.locator('summary', { hasText: 'Remove this user' }).click()
  await page.getByRole('button', { name: 'Remove ingrid@example.org' }).click()
  await expect(page.locator('#note')).toHaveText('The user is removed and logged out everywhere.')
  await page.goto('/-/audit')
  const log = page.locator('#changes')
  for (const action of ['User added', 'Password set', 'Second factor changed', 'Recovery code used', 'User removed'])
    await expect(log.getByRole('row').filter({ hasText: action }).filter({ hasText: 'ingrid@example.org' }).first()).toBeVisible()
  expect(await page.content()).not.toContain('rowing on the lake')
  await expect(log).toContainText('off → on')
  await page.context().addCookies([{ name: 'language', value: 'nb', url: ready.url }])
  await page.reload()
  for (const said of [/Bruker lagt til.*Leser på small\.example/, /av → på/])
    await expect(log.getByRole('row').filter({ hasText: 'ingrid@example.org' }).filter({ hasText: said }).first()).toBeVisible()
  expect(faults).toEqual([])
})

test('a token opens the numbers of its site alone, until it is removed', async ({ page, request }) => {
  const ask = (token: string, site: string) =>
    request.post('/api/v2/query', { headers: { Authorization: `Bearer ${token}` }, data: { site_id: site, metrics: ['visitors'], date_range: '28d' } })
  await page.goto('/-/tokens')
  await page.getByLabel('What it is for').fill('the screen in the hall')
  await page.getByRole('checkbox', { name: 'small.example' }).check()
  await page.getByRole('button', { name: 'Make the token' }).click()
  await expect(page.getByRole('heading', { name: 'Token the screen in the hall' })).toBeVisible()
  await nothingSerious(page)
  const token = (await page.locator('#token').textContent())!
  const answer = await ask(token, 'small.example')
  expect(answer.status()).toBe(200)
  expect((await answer.json()).results[0].metrics).toEqual([3])
  expect((await ask(token, 'large.example')).status()).not.toBe(200)
  await page.goto('/-/tokens')
  expect(await page.content()).not.toContain(token) // it was shown once
  const row = page.getByRole('row', { name: /^the screen in the hall/ })
  await row.locator('summary').click()
  await row.getByRole('button').click()
  await expect(page.locator('#note')).toContainText('The token is removed.')
  await expect(row).toHaveCount(0)
  expect((await ask(token, 'small.example')).status()).toBe(401)
})
