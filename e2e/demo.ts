// Starts and stops "sporlos demo" on free ports.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const program = resolve(import.meta.dirname, '../bin/sporlos')

export interface Demo {
  shop: string
  dashboards: string
  welcome: string
  metrics: string
  stop(): Promise<number | null>
  logs(): string
}

export async function startDemo(...flags: string[]): Promise<Demo> {
  if (!existsSync(program)) throw new Error(`${program} is missing: run make build`)
  const free = ['collector', 'dashboards', 'ops', 'shop'].flatMap((name) => [`--${name}-addr`, '127.0.0.1:0'])
  const child = spawn(program, ['demo', ...free, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let logs = ''
  child.stderr.on('data', (chunk) => (logs += chunk))
  const said = await new Promise<string>((done, fail) => {
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (out.includes('Ctrl-C ends the demo')) done(out)
    })
    child.on('exit', (code) => fail(new Error(`sporlos demo ended with ${code}:\n${out}${logs}`)))
  })
  const line = (name: string) => said.match(new RegExp(`${name}\\s+(http\\S+)`))![1]
  const welcome = line('Dashboard')
  return {
    shop: line('Shop'),
    welcome,
    dashboards: new URL(welcome).origin,
    metrics: line('Metrics'),
    logs: () => logs,
    stop: () => stop(child),
  }
}

function stop(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => {
    child.removeAllListeners('exit')
    child.on('exit', (code) => done(code))
    child.kill('SIGTERM')
  })
}
