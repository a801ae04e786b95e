// Makes the chart answer the pointer. The server has drawn it: grid, labels and lines as SVG, and the numbers as a table below. uPlot draws
// the same lines from that table over the same grid, with a cursor; every word and number shown is the table's.
import uPlot from 'uplot'

type Value = number | null

interface Series {
  now: Value[]
  open: Value[] // the last step, to a bucket that is not over yet
  before: Value[]
  rows: HTMLTableRowElement[]
}

function read(figure: Element): Series {
  const rows = [...figure.querySelectorAll<HTMLTableRowElement>('.data tbody tr')]
  const value = (row: HTMLTableRowElement, column: number): Value => {
    const text = row.cells[column]?.dataset.v
    return text == null ? null : Number(text)
  }
  const all = rows.map((row) => value(row, 1))
  const last = rows.findIndex((row) => row.classList.contains('open'))
  const splits = last > 0
  return {
    rows,
    now: splits ? all.map((v, i) => (i >= last ? null : v)) : all,
    open: all.map((v, i) => (splits && (i == last || i == last - 1) ? v : null)),
    before: rows.map((row) => value(row, 2)),
  }
}

let chart: uPlot | undefined
let tip: HTMLElement | undefined
let watched: ResizeObserver | undefined

/** Draws the page's chart if it has one that is not drawn yet. */
export function draw() {
  const figure = document.querySelector<HTMLElement>('figure.chart')
  const plot = figure?.querySelector<HTMLElement>('.plot')
  if (!figure || !plot) return stop()
  if (plot.contains(chart?.root ?? null)) chart?.root.remove()
  stop()
  const series = read(figure)
  if (series.rows.length < 2) return
  chart = new uPlot(options(figure, plot, series), [series.rows.map((_, i) => i), series.before, series.now, series.open], plot)
  chart.root.setAttribute('aria-hidden', 'true')
  tip = plot.appendChild(document.createElement('div'))
  tip.className = 'tip'
  tip.hidden = true
  plot.classList.add('drawn')
  watched = new ResizeObserver(() => chart?.setSize({ width: plot.clientWidth, height: plot.clientHeight }))
  watched.observe(plot)
}

function stop() {
  watched?.disconnect()
  chart?.destroy()
  tip?.remove()
  chart = tip = watched = undefined
  document.querySelector('.plot.drawn')?.classList.remove('drawn')
}

function options(figure: HTMLElement, plot: HTMLElement, series: Series): uPlot.Options {
  const style = getComputedStyle(figure)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const accent = color('--accent')
  return {
    width: plot.clientWidth,
    height: plot.clientHeight,
    padding: [0, 0, 0, 0],
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: false, range: [0, series.rows.length - 1] }, y: { range: [0, Number(figure.dataset.top)] } },
    cursor: { y: false, points: { size: 9, width: 2, fill: color('--card'), stroke: accent }, drag: { x: false, y: false } },
    series: [
      {},
      { stroke: color('--then'), width: 1.5, dash: [4, 4], points: { show: false } },
      { stroke: accent, width: 2, fill: color('--area'), points: { show: false } },
      { stroke: accent, width: 2, dash: [3, 4], fill: color('--area'), points: { show: false } },
    ],
    hooks: { setCursor: [(u) => tell(u, plot, series)] },
  }
}

/** Shows the numbers of the bucket under the pointer. */
function tell(u: uPlot, plot: HTMLElement, series: Series) {
  if (!tip) return
  const i = u.cursor.idx
  const row = i == null ? undefined : series.rows[i]
  tip.hidden = !row
  if (!row || i == null) return
  const [time, now, before] = row.cells
  const line = (text: string, name: string) => Object.assign(document.createElement('span'), { textContent: text, className: name })
  tip.replaceChildren(line(time?.textContent ?? '', 'time'), line(now?.textContent ?? '', 'now'))
  if (before?.dataset.v != null) tip.append(line(`${before.textContent} · ${before.title}`, 'then'))
  const left = u.valToPos(i, 'x')
  const room = plot.clientWidth - tip.offsetWidth
  tip.style.transform = `translateX(${Math.max(0, Math.min(left - tip.offsetWidth / 2, room))}px)`
}

// Colours follow the system's choice of light or dark.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
