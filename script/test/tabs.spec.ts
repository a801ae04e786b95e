import { chromium, type CDPSession } from '@playwright/test'
import { expect, snippet, test as base } from './site'

// Tabs as people have them. Pages that the test driver opens believe they are always visible and focused and are never
// prerendered, so these tests open tabs through the browser's own protocol and leave them alone; the pages act by themselves.

const test = base.extend<{ tabs: { open(url: string, background?: boolean): Promise<string>; show(tab: string): Promise<unknown>; close(tab: string): Promise<unknown> } }>({
  tabs: async ({ launchOptions }, use) => {
    const browser = await chromium.launch(launchOptions)
    const session: CDPSession = await browser.newBrowserCDPSession()
    await use({
      open: async (url, background = false) => (await session.send('Target.createTarget', { url, background })).targetId,
      show: (targetId) => session.send('Target.activateTarget', { targetId }),
      close: (targetId) => session.send('Target.closeTarget', { targetId }),
    })
    await browser.close()
  },
})

test('a tab opened in the background counts when it is first shown', async ({ site, tabs }) => {
  site.page('/behind', `${snippet}<script defer src="data:text/javascript,sporlos('Waiting')"></script>`)
  const front = await tabs.open(site.url('/front'))
  await expect.poll(site.paths).toEqual(['/front'])
  const behind = await tabs.open(site.url('/behind'), true)
  const never = await tabs.open(site.url('/never'), true)
  await site.quiet(500)
  expect(site.paths()).toEqual(['/front'])
  await tabs.close(never)
  await tabs.show(behind)
  await expect.poll(() => site.events().map(({ n, u }) => n + new URL(u).pathname)).toEqual(['pageview/front', 'pageview/behind', 'Waiting/behind'])
  await tabs.show(front)
  await tabs.show(behind) // shown again is not viewed again
  await site.expect(site.names, ['pageview', 'pageview', 'Waiting'])
})

test('hidden time is not told', async ({ site, tabs }) => {
  const read = await tabs.open(site.url('/read'))
  await expect.poll(site.paths).toEqual(['/read'])
  await site.quiet(700)
  const other = await tabs.open(site.url('/other'))
  await expect.poll(() => site.engagement().map(({ u }) => new URL(u).pathname)).toEqual(['/read'])
  const first = site.engagement()[0].e
  expect(first).toBeGreaterThan(600)
  await site.quiet(3500)
  await tabs.show(read)
  await tabs.close(read) // nothing new: hidden for longer than three seconds, visible for less
  await tabs.close(other)
  await expect.poll(() => site.engagement().map(({ u }) => new URL(u).pathname)).toEqual(['/read', '/other'])
  expect(site.engagement()[1].e).toBeGreaterThan(3000)
})

test('a prerendered page counts when it is shown, once', async ({ site, tabs }) => {
  site.page('/now', `${snippet}<script type=speculationrules>{"prerender":[{"urls":["/soon","/never"],"eagerness":"immediate"}]}</script>
    <script>setInterval(async () => (await (await fetch('/when')).text()).includes('go on') && (location = '/soon'), 200)</script>`)
  site.page('/soon', `<script>if (document.prerendering) fetch('/prerendering', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })</script>${snippet}`)
  await tabs.open(site.url('/now'))
  await expect.poll(() => site.beacons.filter(({ path }) => path == '/prerendering').length, { timeout: 15_000 }).toBe(1)
  await site.quiet(1500)
  expect(site.paths()).toEqual(['/now'])
  site.page('/when', 'go on')
  await site.expect(site.paths, ['/now', '/soon'])
})
