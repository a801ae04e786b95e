import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test as base } from '@playwright/test'

// A website and its collector in one real HTTP server. Every beacon that reaches it is kept; pages are what a test says
// they are, otherwise an empty one that wears the snippet.

export interface Beacon {
  path: string
  headers: IncomingHttpHeaders
  body: any
  at: number
}

export const snippet = '<script defer src="/w.js"></script>'

const dist = (name: string) => readFileSync(new URL(`../dist/${name}`, import.meta.url))

export class Site {
  beacons: Beacon[] = []
  /** Milliseconds the collector takes to answer. */
  delay = 0
  #pages = new Map<string, { html: string; headers: Record<string, string> }>()
  #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      const path = new URL(request.url!, 'http://x').pathname
      if (request.method == 'POST') {
        let body = ''
        request.on('data', (chunk) => (body += chunk))
        request.on('end', () => {
          const { headers } = request
          if (headers['content-type']?.startsWith('text/plain')) this.beacons.push({ path, headers, body: JSON.parse(body), at: Date.now() })
          setTimeout(() => response.writeHead(202).end('ok'), this.delay)
        })
      } else if (/\/w(\.\w+)*\.js$/.test(path)) {
        response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'access-control-allow-origin': '*' }).end(dist(path.split('/').pop()!.replace('w.choice', 'choice')))
      } else if (path == '/hang') {
        request.on('close', () => response.end())
      } else if (path == '/favicon.ico') {
        response.writeHead(204).end()
      } else {
        const page = this.#pages.get(path) ?? { html: snippet, headers: {} }
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'session=secret', ...page.headers })
        response.end(`<!doctype html><meta charset=utf-8><title>${path}</title>${page.html}`)
      }
    })
  }

  async listen() {
    await new Promise<void>((ready) => this.#server.listen(0, '127.0.0.1', ready))
    return this
  }

  close() {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  get port() {
    return (this.#server.address() as AddressInfo).port
  }

  url(path: string, host = 'example.org') {
    return `http://${host}:${this.port}${path}`
  }

  page(path: string, html: string, headers: Record<string, string> = {}) {
    this.#pages.set(path, { html, headers })
  }

  /** Events received so far, by default without engagement. */
  events(want: (body: any) => boolean = (body) => body.n != 'engagement') {
    return this.beacons.filter(({ path }) => path.endsWith('/e')).map(({ body }) => body).filter(want)
  }

  engagement() {
    return this.events((body) => body.n == 'engagement')
  }

  searches() {
    return this.beacons.filter(({ path }) => path.endsWith('/q')).map(({ body }) => body)
  }

  /** Waits until `list` gives exactly what is wanted, and a little longer to see that nothing follows. */
  async expect(list: () => unknown, wanted: unknown) {
    await expect.poll(list).toEqual(wanted)
    await this.quiet()
    expect(list()).toEqual(wanted)
  }

  names = () => this.events().map(({ n }) => n)

  paths = () => this.events().map(({ u }) => new URL(u).pathname)

  quiet(milliseconds = 300) {
    return new Promise((done) => setTimeout(done, milliseconds))
  }

  /**
   * Compares a beacon with the body that Go's tests of package beacon read; `VECTORS=write` writes it instead. What
   * differs from run to run (the port, milliseconds) is made the same.
   */
  vector(name: string, body: any) {
    const steady = JSON.parse(JSON.stringify(body).replaceAll(`:${this.port}`, ''))
    if (steady.e) steady.e = 12345
    const file = fileURLToPath(new URL(`../../beacon/testdata/script/${name}.json`, import.meta.url))
    const text = JSON.stringify(steady) + '\n'
    if (process.env.VECTORS == 'write') {
      mkdirSync(new URL('../../beacon/testdata/script/', import.meta.url), { recursive: true })
      writeFileSync(file, text)
    }
    expect(existsSync(file) && readFileSync(file, 'utf8'), `${name}: run with VECTORS=write if the change is meant`).toBe(text)
  }
}

/** A site of its own for each test. Whatever page a test opens, errors in it fail the test. */
export const test = base.extend<{ site: Site; errors: string[] }>({
  site: async ({}, use) => {
    const site = await new Site().listen()
    await use(site)
    site.close()
  },
  errors: [
    async ({ context }, use) => {
      const errors: string[] = []
      context.on('weberror', (error) => errors.push(String(error.error())))
      context.on('console', (message) => message.type() == 'error' && errors.push(message.text()))
      await use(errors)
      expect(errors).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }
