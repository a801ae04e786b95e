import { expect, snippet, test } from './site'

const tall = (height: number) => `<style>body{margin:0;height:${height}px}</style>`

test('time and depth are told when the page is left', async ({ page, site }) => {
  site.page('/read', tall(4000) + snippet)
  const opened = Date.now()
  await page.goto(site.url('/read'))
  await expect.poll(site.names).toEqual(['pageview'])
  await page.evaluate(() => scrollTo(0, 1200))
  await page.waitForTimeout(1000)
  await page.evaluate(() => scrollTo(0, 0))
  await page.waitForTimeout(500)
  await page.goto(site.url('/next'))
  await expect.poll(() => site.engagement().length).toBe(1)
  const [told] = site.engagement()
  expect(told).toEqual({ n: 'engagement', u: site.url('/read'), d: 'example.org', v: 1, e: expect.any(Number), sd: 50 })
  expect(told.e).toBeGreaterThan(1400)
  expect(told.e).toBeLessThan(Date.now() - opened)
  site.vector('engagement', told)
})

test('a page that fits the window was seen whole', async ({ page, site }) => {
  await page.goto(site.url('/short'))
  await page.goto(site.url('/next'))
  await expect.poll(() => site.engagement().map(({ sd }) => sd)).toEqual([100])
})

test('navigation inside the document tells the page before', async ({ page, site }) => {
  site.page('/one', tall(8000) + snippet)
  await page.goto(site.url('/one'))
  await expect.poll(site.names).toEqual(['pageview']) // the clock runs
  await page.waitForTimeout(300)
  const spent = await page.evaluate(async () => {
    history.pushState(null, '', '/two')
    const since = performance.now()
    await new Promise((done) => setTimeout(done, 400))
    history.pushState(null, '', '/three')
    return performance.now() - since
  })
  await expect.poll(() => site.engagement().length).toBe(2)
  expect(site.engagement().map(({ u, sd }) => [new URL(u).pathname, sd])).toEqual([
    ['/one', 10],
    ['/two', 10],
  ])
  expect(site.engagement()[0].e).toBeGreaterThanOrEqual(290)
  // The second page's time alone: with the first one's it would be 290 ms more. A busy browser handles what was pushed somewhat later.
  expect(site.engagement()[1].e).toBeGreaterThan(spent - 200)
  expect(site.engagement()[1].e).toBeLessThan(spent + 290)
})

test('no more than needed: three more seconds or a deeper scroll', async ({ page, site }) => {
  site.page('/', tall(8000) + snippet)
  await page.goto(site.url('/'))
  const leave = () => page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')))
  await leave()
  await leave() // nothing new
  await site.expect(() => site.engagement().map(({ sd }) => sd), [10])
  await page.evaluate(() => scrollTo(0, 800))
  await page.waitForTimeout(100)
  await leave()
  await site.expect(() => site.engagement().map(({ sd }) => sd), [10, 20])
  await page.waitForTimeout(3000)
  await leave()
  await site.expect(() => site.engagement().map(({ sd }) => sd), [10, 20, 20])
  expect(site.engagement()[2].e).toBeGreaterThanOrEqual(3000)
})

test('a page without focus is not being read', async ({ page, site }) => {
  const opened = Date.now()
  await page.goto(site.url('/'))
  // Chromium is told by the test driver to pretend focus always, so this is the one thing that is played.
  await page.evaluate(() => {
    document.hasFocus = () => false
    dispatchEvent(new FocusEvent('blur'))
  })
  const read = Date.now() - opened
  await page.waitForTimeout(1500)
  await page.goto(site.url('/next'))
  await expect.poll(() => site.engagement().length).toBe(1)
  expect(site.engagement()[0].e).toBeLessThan(read)
})

test('nothing is measured while the page loads', async ({ page, site }) => {
  const trap = (object: string, name: string) =>
    `{ const { get, ...rest } = Object.getOwnPropertyDescriptor(${object}, '${name}'); Object.defineProperty(${object}, '${name}', { ...rest, get() { reads.push('${name}'); return get.call(this) } }) }`
  site.page('/', `<script>window.reads = []; ${trap('Element.prototype', 'scrollHeight')} ${trap('window', 'scrollY')} ${trap('window', 'innerHeight')}</script>${tall(3000)}${snippet}`)
  await page.goto(site.url('/'))
  await site.expect(site.names, ['pageview'])
  expect(await page.evaluate('reads')).toEqual([])
  await page.evaluate(() => scrollTo(0, 10))
  await expect.poll(() => page.evaluate('reads.length')).toBeGreaterThan(2) // the trap works
})
