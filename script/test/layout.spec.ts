import { forced, record } from '../../bench/script/trace.mjs'
import { expect, snippet, test } from './site'

// From the browser's own trace: no layout and no style recalculation begins inside the script while a page loads.

const tall = '<style>body{height:3000px}</style><p>words</p>'

test('no layout is forced while the page loads', async ({ page, site }) => {
  site.page('/', tall + snippet + '<script src="/w.js"></script><i>late</i>')
  const session = await page.context().newCDPSession(page)
  const events = await record(session, async () => {
    await page.goto(site.url('/?q=word'))
    await site.expect(site.names, ['pageview'])
  }, true)
  expect(events.length).toBeGreaterThan(10)
  expect(forced(events, '/w.js')).toEqual([])
})

test('the trace shows a layout that is forced', async ({ page, site }) => {
  // The same script, made to read a height where it reads the referrer.
  const reads = `Object.defineProperty(document, 'referrer', { get: () => (document.body.append('more'), document.body.offsetHeight, '') })`
  site.page('/', `${tall}<script>${reads}</script><script src="/w.js"></script>`)
  const session = await page.context().newCDPSession(page)
  const events = await record(session, async () => {
    await page.goto(site.url('/'))
    await site.expect(site.names, ['pageview'])
  }, true)
  expect(forced(events, '/w.js').length).toBeGreaterThan(0)
})
