// Builds and starts the server, logs in with its one-time link, and leaves the addresses and the session to the tests.
import { chromium, type FullConfig } from '@playwright/test'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Ready {
  url: string
  welcome: string
  spare: string
  unused: string
  shared: string
  locked: string
  now: number
  control: string
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

export default async function setup(config: FullConfig) {
  const dir = mkdtempSync(join(tmpdir(), 'sporlos-dashboards-test-'))
  const program = join(dir, 'server')
  execFileSync('go', ['build', '-o', program, './dashboards/test/server'], { cwd: root, stdio: 'inherit' })
  const server = spawn(program, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout! }).once('line', resolve)
    server.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)))
  })
  const ready: Ready = JSON.parse(line)
  process.env.DASHBOARDS = line
  process.env.DASHBOARDS_STATE = join(dir, 'state.json')
  await logIn(config, ready)
  return async () => {
    server.stdin!.end() // it ends with its input
    await new Promise((resolve) => (server.exitCode == null ? server.once('exit', resolve) : resolve(null)))
    rmSync(dir, { recursive: true, force: true })
  }
}

async function logIn(config: FullConfig, ready: Ready) {
  const browser = await chromium.launch(config.projects[0]!.use.launchOptions)
  const page = await browser.newPage()
  await page.goto(ready.url + ready.welcome)
  await page.getByRole('button', { name: 'Open the dashboards' }).click()
  await page.getByRole('heading', { name: 'Sites' }).waitFor()
  await page.context().storageState({ path: process.env.DASHBOARDS_STATE! })
  await browser.close()
}
