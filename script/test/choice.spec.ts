import { expect, snippet, test } from './site'

const policy = `${snippet}<button type="button" data-sporlos-optout="Count me again">Do not count me</button><script defer src="/w.choice.js" data-domain="example.org"></script>`

test('a visitor who said no on /privacy is not counted', async ({ page, site, context }) => {
  await context.addCookies([{ name: 'sporlos', value: 'no', domain: '.example.org', path: '/' }])
  site.page('/', `${snippet}<a href="http://elsewhere.org/" onclick="event.preventDefault()">out</a><script>addEventListener('load', () => sporlos('Own'))</script>`)
  await page.goto(site.url('/?q=word', 'www.example.org'))
  await page.click('a')
  await page.waitForTimeout(2200)
  await page.goto(site.url('/bye', 'www.example.org'))
  await site.quiet()
  expect(site.beacons).toEqual([])
})

test('another cookie is no no', async ({ page, site, context }) => {
  await context.addCookies([{ name: 'sporlos', value: 'yes', domain: 'example.org', path: '/' }])
  await page.goto(site.url('/'))
  await site.expect(site.paths, ['/'])
})

test('the switch on a policy page: no from now on, and yes again', async ({ page, site, context }) => {
  site.page('/policy', policy)
  await page.goto(site.url('/policy', 'www.example.org'))
  await site.expect(site.paths, ['/policy'])
  const button = page.getByRole('button')
  await expect(button).toHaveText('Do not count me')
  await button.click()
  await expect(button).toHaveText('Count me again')
  const ours = async () => (await context.cookies()).filter(({ name }) => name == 'sporlos')
  const [cookie] = await ours()
  expect({ ...cookie, expires: 0 }).toMatchObject({ value: 'no', domain: '.example.org', path: '/', sameSite: 'Lax', secure: false })
  expect(Math.round((cookie.expires - Date.now() / 1000) / 86400)).toBe(365)

  site.beacons.length = 0
  await page.evaluate(() => history.pushState(null, '', '/next')) // from the very page on which it was said
  await page.goto(site.url('/other', 'example.org')) // and on every host of the site
  await page.goto(site.url('/policy', 'www.example.org'))
  await site.quiet()
  expect(site.beacons).toEqual([])

  await expect(button).toHaveText('Count me again')
  await button.press('Enter')
  await expect(button).toHaveText('Do not count me')
  expect(await ours()).toEqual([])
  await page.goto(site.url('/back'))
  await site.expect(site.paths, ['/back'])
})

test('a no of one host and one of the domain are both taken back', async ({ page, site, context }) => {
  await context.addCookies([
    { name: 'sporlos', value: 'no', domain: '.example.org', path: '/' },
    { name: 'sporlos', value: 'no', domain: 'www.example.org', path: '/' },
  ])
  site.page('/policy', policy)
  await page.goto(site.url('/policy', 'www.example.org'))
  await page.getByRole('button').click()
  expect((await context.cookies()).filter(({ name }) => name == 'sporlos')).toEqual([])
})

test('on another domain than the site it is set for that host alone', async ({ page, site, context }) => {
  site.page('/policy', policy)
  await page.goto(site.url('/policy', 'notexample.org'))
  await page.getByRole('button').click()
  expect((await context.cookies()).filter(({ name }) => name == 'sporlos').map(({ domain }) => domain)).toEqual(['notexample.org'])
})
