import { pathToFileURL } from 'node:url'
import { writeFileSync } from 'node:fs'
import { expect, snippet, test } from './site'

test('a pageview, and nothing a request does not need', async ({ page, site }) => {
  await page.goto(site.url('/first?utm_source=news#part'))
  await site.expect(site.names, ['pageview'])
  const [{ path, headers, body }] = site.beacons
  expect(path).toBe('/e')
  expect(body).toEqual({ n: 'pageview', u: site.url('/first?utm_source=news'), d: 'example.org', r: '', v: 1 })
  expect(headers['content-type']).toBe('text/plain;charset=UTF-8')
  expect(await page.evaluate(() => document.cookie)).toBe('session=secret') // there is one, and it stays home
  expect(headers.cookie).toBeUndefined()
  expect(headers.referer).toBeUndefined()
  site.vector('pageview', body)
})

test('the referrer goes without its query', async ({ page, site }) => {
  site.page('/from', `<a href="${site.url('/to')}">to</a>`, { 'referrer-policy': 'unsafe-url' })
  await page.goto(site.url('/from?secret=1#x', 'elsewhere.org'))
  await page.click('a')
  await site.expect(() => site.events().map(({ r }) => r), [site.url('/from', 'elsewhere.org')])
  site.vector('pageview-referrer', site.events()[0])
})

for (const [what, tag, path, domain] of [
  ['a prefix', '<script defer src="/any/thing/w.js?v=2"></script>', '/any/thing/e', 'example.org'],
  ['data-api', '<script defer src="/w.js" data-api="/stats/event/e" data-domain="shop.example.org"></script>', '/stats/event/e', 'shop.example.org'],
  ['async', '<script async src="/w.js"></script>', '/e', 'example.org'],
  ['a module', '<script type="module" src="/w.js" data-domain="module.org"></script>', '/e', 'module.org'],
  ['a plain script', '<script src="/w.js"></script>', '/e', 'example.org'],
  ['the readable script', '<script defer src="/w.readable.js"></script>', '/e', 'example.org'],
  ['the core script', '<script defer src="/w.core.js"></script>', '/e', 'example.org'],
  ['an inserted script', '<script>document.head.append(Object.assign(document.createElement("script"),{src:"/w.js"}))</script>', '/e', 'example.org'],
] as const)
  test(`the tag: ${what}`, async ({ page, site }) => {
    site.page('/', tag)
    await page.goto(site.url('/', 'www.example.org'))
    await site.expect(() => site.beacons.map(({ path, body }) => [path, body.n, body.d]), [[path, 'pageview', domain]])
  })

test('the tag: another origin', async ({ page, site }) => {
  site.page('/', `<script defer src="${site.url('/w.js', 'stats.example.org')}" data-domain="example.org"></script>`)
  await page.goto(site.url('/?q=word'))
  await site.expect(site.names, ['pageview'])
  await expect.poll(() => site.searches().length).toBe(1)
  expect(site.beacons.map(({ path, headers }) => [path, headers.host, headers.cookie])).toEqual([
    ['/e', `stats.example.org:${site.port}`, undefined],
    ['/q', `stats.example.org:${site.port}`, undefined],
  ])
})

test('several scripts count once', async ({ page, site }) => {
  site.page('/', `${snippet}<script async src="/w.core.js"></script><script src="/w.js" data-domain="b.org"></script>
    <script>setTimeout(() => document.head.append(Object.assign(document.createElement("script"),{src:"/w.js"})), 50)</script>`)
  await page.goto(site.url('/'))
  await site.expect(site.names, ['pageview'])
})

test('navigation through the History API', async ({ page, site }) => {
  await page.goto(site.url('/start'), { referer: site.url('/', 'elsewhere.org') })
  await page.evaluate(() => {
    history.pushState(null, '', '/pushed?a=1')
    history.pushState(null, '', '/pushed?a=2') // the same page
    history.replaceState(null, '', '/pushed#there') // still
    history.replaceState({ x: 1 }, '') // still
    history.replaceState(null, '', '/replaced')
  })
  const told = () => site.events().map(({ u, r }) => [u, r]).sort() // at the same moment, so in any order
  const pages = [
    [site.url('/pushed?a=1'), ''],
    [site.url('/replaced'), ''],
    [site.url('/start'), site.url('/', 'elsewhere.org')],
  ]
  await site.expect(told, pages)
  await page.evaluate(() => history.go(-2))
  await site.expect(told, [...pages.slice(0, 2), [site.url('/start'), ''], pages[2]])
  site.vector('pageview-history', site.events(({ u }) => u == site.url('/pushed?a=1'))[0])
})

test('history methods keep their arguments, their receiver and their errors', async ({ page, site }) => {
  await page.goto(site.url('/start'))
  const [state, message] = await page.evaluate(() => {
    const { pushState } = history
    pushState.call(history, { kept: true }, '', '/x')
    try {
      history.pushState(null, '', 'http://elsewhere.org/')
    } catch (error) {
      return [history.state, (error as Error).name]
    }
    return []
  })
  expect([state, message]).toEqual([{ kept: true }, 'SecurityError'])
  await site.expect(() => site.paths().sort(), ['/start', '/x'])
})

test('fragments name pages only with data-hash', async ({ page, site }) => {
  await page.goto(site.url('/plain'))
  await expect.poll(site.paths).toEqual(['/plain'])
  await page.evaluate(() => (location.hash = '#/about'))
  site.page('/routed', '<script defer src="/w.js" data-hash></script>')
  await page.goto(site.url('/routed?ref=x#/home'))
  await expect.poll(site.paths).toEqual(['/plain', '/routed'])
  await page.evaluate(() => (location.hash = '#/about'))
  await site.expect(() => site.events().map(({ u, h }) => [u, h]), [
    [site.url('/plain'), undefined],
    [site.url('/routed?ref=x#/home'), 1],
    [site.url('/routed?ref=x#/about'), 1],
  ])
  site.vector('pageview-hash', site.events()[2])
})

test('a page restored from the back/forward cache is a pageview', async ({ page, site }) => {
  site.page('/a', snippet + '<script>addEventListener("pageshow", (event) => (window.restored = event.persisted))</script>')
  await page.goto(site.url('/a'), { referer: site.url('/', 'elsewhere.org') })
  await page.goto(site.url('/b'))
  await expect.poll(site.paths).toEqual(['/a', '/b'])
  await page.evaluate(() => history.back())
  await site.expect(site.paths, ['/a', '/b', '/a'])
  expect(await page.evaluate('restored')).toBe(true)
  expect(site.events()[2].r).toBe('')
})

test('not in development', async ({ page, site }) => {
  for (const host of ['localhost', '127.0.0.1', 'app.localhost']) await page.goto(site.url('/', host))
  await site.quiet()
  expect(site.beacons).toEqual([])
  site.page('/', '<script defer src="/w.js" data-local></script>')
  await page.goto(site.url('/', 'localhost'))
  await site.expect(() => site.events().map(({ d }) => d), ['localhost'])
})

test('not from a file', async ({ page, site }, info) => {
  const file = info.outputPath('page.html')
  writeFileSync(file, `<script src="${site.url('/w.js')}"></script><script>document.title = typeof sporlos</script>`)
  await page.goto(pathToFileURL(file).href)
  expect(await page.title()).toBe('function') // it did load
  await site.quiet()
  expect(site.beacons).toEqual([])
})

test('leaving at once loses nothing and waits for nothing', async ({ page, site }) => {
  site.delay = 6000 // longer than a busy machine takes for two pages
  site.page('/one', `<script src="/w.js"></script><script>sporlos('Seen'); location = '/two'</script>`)
  const begun = Date.now()
  await page.goto(site.url('/one'))
  await page.waitForURL('**/two')
  expect(Date.now() - begun).toBeLessThan(site.delay)
  await expect.poll(() => site.events(() => true).map(({ n, u }) => n + new URL(u).pathname).sort()).toEqual([
    'Seen/one',
    'engagement/one',
    'pageview/one',
    'pageview/two',
  ])
  await page.close()
  await expect.poll(() => site.engagement().length).toBe(2)
})

test('a page torn down while the connection is busy loses nothing', async ({ page, site }) => {
  // Hanging requests occupy every connection, so ours still wait when the document goes; and no cache keeps it alive.
  site.page('/busy', `${snippet}<script>addEventListener('unload', () => {})</script>`, { 'cache-control': 'no-store' })
  site.page('/gone', 'no snippet')
  await page.goto(site.url('/busy'))
  await expect.poll(site.names).toEqual(['pageview'])
  await page.evaluate(() => {
    for (let i = 0; i < 6; i++) fetch('/hang?' + i, { credentials: 'omit' }).catch(() => {})
    setTimeout(() => (window as any).sporlos('Waiting'), 100)
  })
  await page.waitForTimeout(300)
  expect(site.names()).toEqual(['pageview'])
  await page.goto(site.url('/gone', 'elsewhere.org'))
  await expect.poll(() => site.events(() => true).map(({ n }) => n)).toEqual(['pageview', 'Waiting', 'engagement'])
})

// The script does its work in several tasks, and the page does not wait for them.
test.describe('before the script is through', () => {
  test('the page is left by its own script, busy until it goes', async ({ page, site }) => {
    site.page('/one', `<script src="/w.js"></script><script>location = '/two'; for (const end = performance.now() + 400; performance.now() < end; );</script>`)
    site.page('/two', 'no snippet')
    await page.goto(site.url('/one'))
    await page.waitForURL('**/two')
    await site.expect(() => site.events(() => true).map(({ n, u }) => n + new URL(u).pathname), ['pageview/one', 'engagement/one'])
  })

  test('the page is left and no task of the script ever came', async ({ page, site }) => {
    site.page('/one', `<script>window.setTimeout = () => 1</script>${snippet}<script>addEventListener('load', () => sporlos('Own'))</script>`)
    site.page('/two', 'no snippet')
    await page.goto(site.url('/one?q=word'), { referer: site.url('/', 'elsewhere.org') })
    await site.quiet()
    expect(site.beacons).toEqual([])
    await page.goto(site.url('/two'))
    await expect.poll(() => site.events(() => true).map(({ n, r }) => [n, r])).toEqual([
      ['pageview', site.url('/', 'elsewhere.org')],
      ['Own', site.url('/', 'elsewhere.org')],
      ['engagement', undefined],
    ])
    expect(site.searches().map(({ k, q }) => [k, q])).toEqual([
      ['search', 'word'],
      ['leave', 'word'],
    ])
  })

  test('the page loses its campaign', async ({ page, site }) => {
    site.page('/', `${snippet}<script type="module">history.replaceState(null, '', location.pathname)</script>`)
    await page.goto(site.url('/?utm_source=news'))
    await site.expect(() => site.events().map(({ u }) => u), [site.url('/?utm_source=news')])
    expect(await page.evaluate(() => location.search)).toBe('')
  })

  test('an app shows another page', async ({ page, site }) => {
    site.page('/', `${snippet}<script type="module">history.pushState(null, '', '/home')</script>`)
    await page.goto(site.url('/?ref=x'), { referer: site.url('/', 'elsewhere.org') })
    await site.expect(() => site.events().map(({ u, r }) => [u, r]).sort(), [
      [site.url('/?ref=x'), site.url('/', 'elsewhere.org')],
      [site.url('/home'), ''],
    ])
  })

  test('an app shows several pages in one go', async ({ page, site }) => {
    const app = `history.replaceState(null, '', '/?state=1'); history.pushState(null, '', '/login'); history.pushState(null, '', '/home?q=word'); history.replaceState(null, '', '/home/start')`
    site.page('/', `<script src="/w.js"></script><script>${app}; location.hash = '#part'; sporlos('Own')</script>`)
    await page.goto(site.url('/?ref=x'), { referer: site.url('/', 'elsewhere.org') })
    await site.expect(() => site.events().map(({ n, u, r }) => [n, u, r]).sort(), [
      ['Own', site.url('/?ref=x'), site.url('/', 'elsewhere.org')],
      ['pageview', site.url('/?ref=x'), site.url('/', 'elsewhere.org')],
      ['pageview', site.url('/home'), ''],
      ['pageview', site.url('/home/start'), ''],
      ['pageview', site.url('/login'), ''],
    ])
  })

  test('an app opened under a no shows another page', async ({ page, site }) => {
    await page.context().addCookies([{ name: 'sporlos', value: 'no', url: site.url('/') }])
    site.page('/', `<script src="/w.js"></script><script>history.pushState(null, '', '/home')</script>`)
    await page.goto(site.url('/'))
    await page.evaluate(() => {
      document.cookie = 'sporlos=yes'
      history.pushState(null, '', '/found?q=word')
    })
    await site.quiet(2500)
    expect(site.beacons).toEqual([])
  })

  test('a page opened in the background has shown others before it is looked at', async ({ page, site }) => {
    await page.addInitScript(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }))
    site.page('/', `${snippet}<script type="module">for (const path of ['/one', '/two']) history.pushState(null, '', path)</script>`)
    await page.goto(site.url('/?ref=x'))
    await site.quiet()
    expect(site.beacons).toEqual([])
    await page.evaluate(() => {
      delete (document as { hidden?: boolean }).hidden
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    })
    await site.expect(() => site.events().map(({ u }) => u).sort(), [site.url('/?ref=x'), site.url('/two')])
  })

  test('a fragment follows', async ({ page, site }) => {
    site.page('/', `<script defer src="/w.js" data-hash></script><script type="module">location.hash = '#/home'</script>`)
    await page.goto(site.url('/#/'))
    await site.expect(() => site.events().map(({ u }) => u).sort(), [site.url('/#/'), site.url('/#/home')])
  })
})

test('the first cookie, the first URLs, the pageview and the listeners are tasks of their own, after the script', async ({ page, site }) => {
  await page.addInitScript(() => {
    const done: string[] = []
    let task = 0
    const note = (what: string) => document.readyState != 'complete' && done.push(`${task} ${what}`)
    const later = window.setTimeout
    window.setTimeout = ((act: () => void, ms: number) => later(() => (task++, act()), ms)) as typeof setTimeout
    const { get } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')!
    Object.defineProperty(document, 'cookie', { get: () => (note('cookie'), get!.call(document)) })
    window.URL = new Proxy(URL, { construct: (target, args: [string]) => (note('URL'), new target(...args)) })
    window.fetch = new Proxy(fetch, { apply: (target, self, args: [string]) => (note('fetch'), target.apply(self, args)) })
    window.addEventListener = new Proxy(addEventListener, { apply: (target, self, args: [string, () => void]) => (note(args[0]), target.apply(self, args)) })
    Object.assign(window, { done })
  })
  site.page('/', `<script src="/w.js"></script><img src="/hang">`) // which keeps the page from being complete
  await page.goto(site.url('/'), { waitUntil: 'commit' })
  await site.expect(site.names, ['pageview'])
  expect(await page.evaluate('done')).toEqual([
    ...['focus', 'blur', 'visibilitychange', 'pagehide', 'popstate'].map((what) => '0 ' + what),
    '1 cookie',
    '2 URL',
    '3 URL',
    ...['4 cookie', '5 fetch'], // asked again before every beacon
    ...['pageshow', 'scroll', 'click', 'auxclick', 'submit'].map((what) => '6 ' + what),
    '7 URL', // as it was when the page was first looked at
  ])
})

test('a strict content security policy', async ({ page, site }) => {
  site.page('/', snippet + '<a href="http://elsewhere.org/x">x</a>', {
    'content-security-policy': "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; sandbox allow-scripts allow-same-origin",
  })
  await page.goto(site.url('/?q=word'))
  await page.evaluate(() => history.pushState(null, '', '/next'))
  await site.expect(site.names, ['pageview', 'pageview'])
})

test.describe('errors stay inside', () => {
  for (const [what, before] of [
    ['no fetch', 'delete window.fetch'],
    ['fetch throws', 'window.fetch = () => { throw Error("no") }'],
    ['fetch rejects', 'window.fetch = () => Promise.reject(Error("no"))'],
    ['no performance', 'Object.defineProperty(window, "performance", { value: undefined })'],
    ['no history', 'Object.defineProperty(window, "history", { value: undefined })'],
    ['no tag', 'document.currentScript.remove(); Object.defineProperty(document, "currentScript", { value: null })'],
  ])
    test(what, async ({ page, site }) => {
      site.page('/', `<script>${before}</script><script src="/w.js"></script><script>sporlos('x'); document.title = 'went on'</script>`)
      await page.goto(site.url('/'))
      await expect(page).toHaveTitle('went on')
      await page.evaluate(() => scrollTo(0, 100))
    })
})
