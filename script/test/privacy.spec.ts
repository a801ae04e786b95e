import { mkdirSync, writeFileSync } from 'node:fs'
import { chromium } from '@playwright/test'
import { expect, snippet, test } from './site'

const busy = `${snippet}<a href="http://elsewhere.org/" onclick="event.preventDefault()">out</a><script>addEventListener('load', () => sporlos('Own'))</script>`

test('Global Privacy Control: nothing is sent', async ({ page, site }) => {
  // Chromium has no such setting; this is how its extensions do it.
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }))
  site.page('/', busy)
  await page.goto(site.url('/?q=word'))
  await page.click('a')
  await page.evaluate(() => history.pushState(null, '', '/next'))
  await page.waitForTimeout(2200)
  await page.goto(site.url('/bye'))
  await site.quiet()
  expect(site.beacons).toEqual([])
})

test('Do Not Track, switched on in the browser: nothing is sent', async ({ site, launchOptions }, info) => {
  const profile = info.outputPath('profile')
  mkdirSync(profile + '/Default', { recursive: true })
  writeFileSync(profile + '/Default/Preferences', JSON.stringify({ enable_do_not_track: true }))
  const context = await chromium.launchPersistentContext(profile, launchOptions)
  const page = await context.newPage()
  site.page('/', busy)
  await page.goto(site.url('/?q=word'))
  expect(await page.evaluate(() => navigator.doNotTrack)).toBe('1')
  await page.click('a')
  await page.goto(site.url('/bye'))
  await context.close()
  await site.quiet()
  expect(site.beacons).toEqual([])
})

// Everything a page can be asked about its visitor or asked to keep, wrapped before the script comes.
const traps = () => {
  const touched: string[] = []
  Object.assign(window, { touched })
  const wrap = (owner: any, ownerName: string, only?: RegExp) => {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (!property.configurable || (only && !only.test(name))) continue
      const note = <T extends Function>(original: T, kind: string) =>
        function (this: unknown, ...args: unknown[]) {
          touched.push(ownerName + '.' + name + kind)
          return original.apply(this, args)
        }
      if (property.get) property.get = note(property.get, '') as () => unknown
      if (property.set) property.set = note(property.set, '=') as () => void
      if (typeof property.value == 'function' && name != 'constructor') property.value = note(property.value, '()')
      Object.defineProperty(owner, name, property)
    }
  }
  for (const name of ['Navigator', 'Screen', 'ScreenOrientation', 'Storage', 'IDBFactory', 'CacheStorage', 'CookieStore', 'NavigatorUAData', 'NetworkInformation', 'HTMLCanvasElement', 'StorageManager', 'Performance'])
    if (name in window) wrap((window as any)[name].prototype, name)
  wrap(Document.prototype, 'Document')
  wrap(window, 'window', /[sS]torage$|^(indexedDB|caches|cookieStore|name|screen|visualViewport|devicePixelRatio|outer|inner|scroll[XY]|matchMedia|crypto|navigator)/)
  wrap(Intl.DateTimeFormat.prototype, 'Intl.DateTimeFormat')
  wrap(Date.prototype, 'Date')
}

test('no storage, no cookie, and nothing read that is not sent', async ({ page, site, context }) => {
  await context.clearCookies()
  site.page('/', snippet + '<style>body{height:3000px}</style>')
  await page.addInitScript(traps)
  await page.goto(site.url('/page?q=word', 'www.example.org'))
  const touched = () => page.evaluate(() => [...new Set((window as any).touched as string[])].sort())
  await page.waitForTimeout(2200)
  await page.evaluate(() => {
    ;(window as any).touched.length = 0 // what the test driver did meanwhile
  })
  await page.goto(site.url('/', 'www.example.org'))
  await site.expect(site.names, ['pageview', 'pageview'])
  const load = ['Document.cookie', 'Document.currentScript', 'Document.hasFocus()', 'Document.hidden', 'Document.referrer', 'Navigator.doNotTrack', 'Performance.navigation', 'Performance.now()', 'window.navigator']
  expect(await touched()).toEqual(load)
  await page.evaluate(() => {
    scrollTo(0, 500)
    ;(window as any).sporlos('Own')
    history.pushState(null, '', '/next')
    dispatchEvent(new PageTransitionEvent('pagehide'))
  })
  await page.waitForTimeout(300)
  expect(await touched()).toEqual([...load, 'Document.documentElement', 'window.innerHeight', 'window.scrollY'].sort())
  const { cookies, origins } = await context.storageState()
  expect([cookies.map(({ name }) => name), origins]).toEqual([['session'], []]) // the site's own
})
