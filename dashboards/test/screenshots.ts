// Takes the pictures of docs/dashboards.md, as WebP by the browser itself.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from './guarded'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../docs/screenshots')
const most = 2200 // pixels of height: a longer page is cut

const pictures: [name: string, path: string, width?: number, scheme?: 'dark'][] = [
  ['overview', '/large.example'],
  ['overview-dark', '/large.example?f=is:country:NO', 1280, 'dark'],
  ['overview-phone', '/large.example', 390],
  ['realtime', '/large.example/realtime'],
  ['realtime-dark', '/large.example/realtime', 1280, 'dark'],
  ['sources', '/large.example/sources'],
  ['map', '/large.example/places?t.places=map'],
  ['goals', '/large.example/goals'],
  ['searches', '/small.example/searches'],
  ['searches-phone', '/small.example/searches', 390],
  ['newsletters', '/letters.example/newsletters'],
  ['settings', '/large.example/settings'],
  ['sharing', '/large.example/sharing'],
]

for (const [name, path, width = 1280, scheme = 'light'] of pictures)
  test(name, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: width < 500 ? 844 : 800 })
    await page.goto(path)
    await page.waitForLoadState('networkidle')
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    const devtools = await page.context().newCDPSession(page)
    const { data } = await devtools.send('Page.captureScreenshot', {
      format: 'webp',
      quality: 82,
      captureBeyondViewport: true,
      clip: { x: 0, y: 0, width, height: Math.min(height, most), scale: 1 },
    })
    const bytes = Buffer.from(data, 'base64')
    expect(bytes.length).toBeLessThan(150_000)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.webp`), bytes)
  })
