// What a reader waits for and pays for on the overview, twelve months at once, in a real Chromium: `node bench/page/main.mjs` (after
// `make build`). It starts the demo with a year of history on free ports of loopback, logs in by its one-time link, and opens the page in
// a browser that has nothing of it yet (first view), then again (next view), RUNS times (5). It prints bytes as they come over
// the wire, the time to the first byte, to First Contentful Paint, to the complete chart, what moved meanwhile, and the longest chain of requests of which
// each was asked for by what the one before had brought. Results go to bench/results/page.json.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { figure, quantile, write } from '../result/result.mjs'

const runs = Number(process.env.RUNS ?? 5)
const days = Number(process.env.DAYS ?? 365)
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'bin/sporlos')
if (!existsSync(program)) throw new Error('there is no bin/sporlos: run make build first')

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)) })
})

/** Starts the demo and returns its one-time link when it has its history. */
async function demo(dir) {
  const ports = await Promise.all(['collector', 'dashboards', 'ops', 'shop'].map(async (name) => [`--${name}-addr`, `127.0.0.1:${await freePort()}`]))
  const running = spawn(program, ['demo', '--days', String(days), ...ports.flat()], { cwd: root, env: { ...process.env, TMPDIR: dir }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const link = await new Promise((resolve, reject) => {
    const listen = (chunk) => {
      said += chunk
      const found = said.match(/http:\/\/\S+\/welcome\/[\w-]+/)
      if (found) resolve(found[0])
    }
    running.stdout.on('data', listen)
    running.stderr.on('data', listen)
    running.once('exit', (code) => reject(new Error(`the demo ended with ${code}:\n${said}`)))
  })
  return { running, link }
}

/** Loads the page and returns what it took. */
async function view(page, url) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  const seen = new Map()
  cdp.on('Network.requestWillBeSent', (e) => seen.set(e.requestId, { url: e.request.url, by: e.initiator.url ?? e.initiator.stack?.callFrames?.at(-1)?.url }))
  cdp.on('Network.loadingFinished', (e) => Object.assign(seen.get(e.requestId) ?? {}, { ended: true, bytes: e.encodedDataLength }))
  await page.goto(url)
  await page.waitForFunction(() => document.querySelector('.plot canvas') || document.querySelector('svg.lines path'))
  const chart = await page.evaluate(() => performance.now())
  await page.waitForLoadState('networkidle')
  const times = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation')
    return {
      first: navigation.responseStart,
      html: navigation.encodedBodySize,
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    }
  })
  const moved = await page.evaluate(() => new Promise((resolve) => {
    let sum = 0
    new PerformanceObserver((list) => list.getEntries().forEach((e) => (sum += e.value))).observe({ type: 'layout-shift', buffered: true })
    setTimeout(() => resolve(sum), 100)
  }))
  await cdp.detach()
  const requests = [...seen.values()].filter((r) => r.ended)
  return { ...times, chart, moved, bytes: requests.reduce((sum, r) => sum + r.bytes, 0), chain: longestChain(requests) }
}

/** How many requests come one after another at most: each was asked for by what the one before had brought. */
function longestChain(requests) {
  const byURL = new Map(requests.map((r) => [r.url, r]))
  const depth = (r, below = 0) => (r && below < requests.length ? 1 + depth(byURL.get(r.by), below + 1) : 0)
  return Math.max(...requests.map((r) => depth(r)))
}

const dir = mkdtempSync(join(tmpdir(), 'sporlos-bench-page-'))
const { running, link } = await demo(dir)
try {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
  const guest = await browser.newContext()
  const door = await guest.newPage()
  await door.goto(link)
  await door.getByRole('button', { name: 'Open the dashboards' }).click()
  await door.waitForURL((url) => !url.pathname.startsWith('/welcome'))
  const url = new URL('/bokhandel.example?period=12mo', link).href
  const storageState = await guest.storageState()
  const first = [], next = []
  for (let run = 0; run < runs; run++) {
    const context = await browser.newContext({ storageState, viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    first.push(await view(page, url))
    next.push(await view(page, url))
    await context.close()
  }
  await browser.close()
  const median = (views, what) => quantile(views.map((v) => v[what]), 0.5)
  write('page', [
    figure('HTML of the overview over 12 months, compressed', median(first, 'html'), 'bytes'),
    figure('transferred on the first view', median(first, 'bytes'), 'bytes', 60000),
    figure('transferred on the next view', median(next, 'bytes'), 'bytes', 15000),
    figure('requests one after another, first view', median(first, 'chain'), '', 2),
    figure('time to first byte, median', median(first, 'first'), 'ms'),
    figure('First Contentful Paint, median', median(first, 'paint'), 'ms'),
    figure('time to the complete chart, median', median(first, 'chart'), 'ms'),
    figure('what moved meanwhile (Cumulative Layout Shift), most', Math.max(...first.map((v) => v.moved)), '', 0),
  ])
} finally {
  running.kill('SIGTERM')
  await new Promise((resolve) => (running.exitCode == null ? running.once('exit', resolve) : resolve()))
  rmSync(dir, { recursive: true, force: true })
}
