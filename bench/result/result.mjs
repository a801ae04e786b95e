// The same as package result, for benchmarks that drive a browser: figures go to bench/results/NAME.json in its shape. `figure` prints one;
// `write` merges them into the file. Figures of another machine are dropped, since they do not compare.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = (...command) => {
  try {
    return execFileSync(command[0], command.slice(1), { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

const round = (value) => Number(value.toPrecision(6))

/** A figure, printed. `atMost` is its target, if it has one; a value that is no number fails the benchmark. */
export const figure = (name, value, unit = '', atMost) => {
  if (!Number.isFinite(value)) throw new Error(`figure "${name}" is ${value}: nothing was measured`)
  const it = { name, value: round(value), ...(unit && { unit }) }
  if (atMost != null) Object.assign(it, { target: `≤ ${atMost}`, met: value <= atMost })
  const said = atMost == null ? '' : ` (target ${it.target}, ${it.met ? 'met' : 'missed'})`
  console.log(`${name}: ${Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))}${unit && ' ' + unit}${said}`)
  return it
}

/** The machine as package result describes it. */
const machine = () => ({
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  memory_gib: Math.floor((totalmem() / 2 ** 30) * 10) / 10,
  kernel: `linux ${release()}`,
  go: run('go', 'env', 'GOVERSION'),
})

export const write = (benchmark, figures) => {
  const path = `${root}bench/results/${benchmark}.json`
  const here = machine()
  let kept = []
  try {
    const old = JSON.parse(readFileSync(path, 'utf8'))
    if (JSON.stringify(old.machine) == JSON.stringify(here)) kept = old.figures
  } catch (error) {
    if (error.code != 'ENOENT') throw error
  }
  const dirty = run('git', 'status', '--porcelain', '--', '.', ':!bench/results') ? '-dirty' : ''
  const commit = run('git', 'rev-parse', '--short=12', 'HEAD') + dirty
  const date = new Date().toISOString().replace(/\.\d+Z/, 'Z')
  for (const it of figures) {
    const full = { ...it, commit, date }
    const at = kept.findIndex(({ name }) => name == it.name)
    at < 0 ? kept.push(full) : (kept[at] = full)
  }
  mkdirSync(`${root}bench/results`, { recursive: true })
  writeFileSync(path, JSON.stringify({ benchmark, machine: here, figures: kept }, null, 2) + '\n')
}

/** The value below which a share of the list lies. */
export const quantile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))]
