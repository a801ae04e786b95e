// What the script costs the page it is on, in a real Chromium whose processor is slowed down four times: `node bench/script/main.mjs`.
//
// Each run loads a page with text, a picture and scrolling, reads it, clicks, navigates inside it and leaves it, once with the tag and
// once without, and once with a bare `fetch` in its place, in turns: sending a request is the browser's work, and the longest of ours. It prints
// the script's tasks while the page loads (evaluation, timers, listeners; processor time from the trace), each by its median, and the longest of a visit;
// forced layouts while loading, and Largest Contentful Paint with and without. Chromium slows a thread down by stopping it again and again, which makes
// single tasks differ several times (the bare `fetch` too), so the same is also measured at full speed, times four. Results go to bench/results/script.json.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { chromium } from '@playwright/test'
import { figure, quantile, write } from '../result/result.mjs'
import { forced, record, tasks } from './trace.mjs'

const runs = Number(process.env.RUNS ?? 15)
const slower = 4
const script = brotliCompressSync(readFileSync(new URL('../../script/dist/w.js', import.meta.url)))
const bare = `fetch('/e', { method: 'POST', body: 'x'.repeat(80), keepalive: true, mode: 'no-cors', credentials: 'omit', referrer: '' })`
const picture = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="500"><rect width="900" height="500" fill="#357"/></svg>'
const paragraphs = Array.from({ length: 400 }, (_, i) => `<p>Paragraph ${i}: <a href="/item/${i}">an item</a> among words that fill the page.</p>`).join('')

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://x')
  if (request.method == 'POST') return request.resume().on('end', () => response.writeHead(202).end('ok'))
  if (pathname == '/w.js') return response.writeHead(200, { 'content-type': 'text/javascript', 'content-encoding': 'br', 'cache-control': 'no-store' }).end(script)
  if (pathname == '/bare.js') return response.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' }).end(bare)
  if (pathname == '/picture.svg') return response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' }).end(picture)
  if (pathname == '/favicon.ico') return response.writeHead(204).end()
  const tag = searchParams.has('tag') ? '<script defer src="/w.js" data-local></script>' : searchParams.has('bare') ? '<script defer src="/bare.js"></script>' : ''
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><meta charset=utf-8><title>t</title>${tag}<h1>A page</h1><img src="/picture.svg" width=900 height=500>${paragraphs}`)
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
const base = `http://127.0.0.1:${server.address().port}`
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })

const watch = () => {
  window.seen = { lcp: 0, long: 0 }
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.seen.lcp = entry.startTime))).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.seen.long = Math.max(window.seen.long, entry.duration)))).observe({ type: 'longtask', buffered: true })
}

const use = async (page) => {
  await page.mouse.wheel(0, 1500)
  await page.waitForTimeout(150)
  await page.evaluate(() => document.querySelector('a').addEventListener('click', (event) => event.preventDefault()))
  await page.click('a')
  await page.evaluate(() => history.pushState(null, '', '/inside'))
  await page.waitForTimeout(2200) // the search settles by a timer
}

const visit = async (query, rate = slower, stacks = false) => {
  const page = await (await browser.newContext()).newPage()
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate })
  await page.addInitScript(watch)
  const loading = await record(session, async () => {
    await page.goto(`${base}/page${query}`, { waitUntil: 'load' })
    await page.waitForTimeout(400)
  }, stacks)
  const seen = await page.evaluate('seen')
  const using = query.includes('tag') && !stacks && rate > 1 ? await record(session, () => use(page)) : []
  await page.context().close()
  return { ...seen, loading, all: [...loading, ...using] }
}

const ways = { with: ['?tag'], without: ['?'], bare: ['?bare'], withFast: ['?tag', 1], bareFast: ['?bare', 1] }
const seen = Object.fromEntries(Object.keys(ways).map((way) => [way, []]))
for (let run = 0; run < runs; run++)
  for (const way of run % 2 ? Object.keys(ways).reverse() : Object.keys(ways)) seen[way].push(await visit(...ways[way]))
const { loading } = await visit('?tag', slower, true)
await browser.close()
server.close()

const longest = (way, name = '/w.js') => quantile(seen[way].map(({ all }) => Math.max(...tasks(all, name))), 0.5)

/** The tasks of loading in the order they come, each by its median, milliseconds. */
const medians = (way) => {
  const visits = seen[way].map(({ loading }) => tasks(loading, '/w.js'))
  return visits[0].map((_, i) => quantile(visits.map((list) => list[i]).filter((ms) => ms !== undefined), 0.5))
}
const [each, eachFast] = [medians('with'), medians('withFast').map((ms) => ms * slower)]
const said = (list) => list.map((ms) => ms.toFixed(1)).join(', ')
console.log(`tasks while loading, in order, medians of ${runs}: ${said(each)} ms; at full speed, times ${slower}: ${said(eachFast)} ms`)
const lcp = (name) => quantile(seen[name].map((visit) => visit.lcp), 0.5)
write('script', [
  figure(`longest task by the tasks' medians, ${slower} times slower`, Math.max(...each), 'ms', 5),
  figure(`longest task by the tasks' medians, at full speed, times ${slower}`, Math.max(...eachFast), 'ms', 5),
  figure(`longest task of a visit, ${slower} times slower, median`, longest('with'), 'ms'),
  figure(`a bare fetch in its place, ${slower} times slower`, longest('bare', '/bare.js'), 'ms'),
  figure(`a bare fetch in its place, at full speed, times ${slower}`, longest('bareFast', '/bare.js') * slower, 'ms'),
  figure('layouts and style recalculations forced while loading', forced(loading, '/w.js').length, '', 0),
  figure('Largest Contentful Paint with the tag, median', lcp('with'), 'ms'),
  figure('Largest Contentful Paint without the tag, median', lcp('without'), 'ms'),
  figure('Largest Contentful Paint, with over without', lcp('with') / lcp('without')),
  figure('script, brotli', script.length, 'bytes', 1500),
])
