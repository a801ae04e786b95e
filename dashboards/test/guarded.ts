// A page that watches itself: a test fails when its page asks another host, writes an error to the console or breaks its own policy.
import AxeBuilder from '@axe-core/playwright'
import { test as base, expect, type Page } from '@playwright/test'
import type { Ready } from './setup'

export const ready: Ready = JSON.parse(process.env.DASHBOARDS ?? '{}')

export const test = base.extend<{ page: Page; faults: string[] }>({
  baseURL: ready.url,
  storageState: process.env.DASHBOARDS_STATE,
  // What the page did wrong so far; a test that provokes a fault takes it out.
  faults: async ({}, use) => use([]),
  page: async ({ page, faults }, use) => {
    page.on('request', (r) => {
      if (!r.url().startsWith(ready.url + '/')) faults.push(`asked ${r.url()}`)
    })
    page.on('console', (m) => {
      if (m.type() == 'error' || m.type() == 'warning') faults.push(`console: ${m.text()}`)
    })
    page.on('pageerror', (e) => faults.push(`error: ${e.message}`))
    await use(page)
    expect(faults).toEqual([])
  },
})

export { expect }

/** The value of a figure of the overview. */
export const figure = (page: Page, metric: string) => page.locator(`#figure-${metric} strong`)

/** What axe finds serious or critical on a page, or in a part of it. None of the pages has frames, so they need no second page to be judged in. */
export async function serious(page: Page, part?: string): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
  if (part) axe.include(part)
  const { violations } = await axe.analyze()
  return violations.filter((v) => v.impact == 'serious' || v.impact == 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(', ')}`)
}
