// Makes the map of the world: Natural Earth's countries (public domain, by the package world-atlas) → one SVG path each, in a plane of
// 1200 × 600 whole units. What is too small to be drawn at this scale gets a dot. The server colours it: dist/world.json holds
// {width, height, countries: [{code: ISO 3166-1 numeric or "", path}]}.
import { geoNaturalEarth1, geoPath } from 'd3-geo'
import { createRequire } from 'node:module'
import { feature } from 'topojson-client'

const width = 1200
const height = 600
const dot = 3

/** Paths of all countries, as the text of world.json. */
export function world() {
  const [coarse, fine] = ['110m', '50m'].map((scale) => countries(createRequire(import.meta.url)(`world-atlas/countries-${scale}.json`)))
  const projection = geoNaturalEarth1().fitExtent([[5, 5], [width - 5, height - 5]], { type: 'FeatureCollection', features: coarse })
  const path = geoPath(projection).digits(1)
  const drawn = new Set(coarse.map((country) => country.id))
  const areas = coarse.map((country) => ({ code: country.id ?? '', path: compact(path(country)) }))
  const dots = fine
    .filter((country) => country.id && !drawn.has(country.id))
    .map((country) => ({ code: country.id, path: round(path.centroid(country)) }))
  return JSON.stringify({ width, height, countries: areas.concat(dots) })
}

function countries(topology) {
  const { features } = feature(topology, topology.objects.countries)
  return features.filter((country) => country.id !== '010') // Antarctica
}

/** The same path with relative coordinates, which are shorter, and without rings of a speck. */
function compact(path) {
  const rings = path.split('Z').filter(Boolean).map((ring) => relative(ring.slice(1).split('L').map((point) => point.split(',').map(Math.round))))
  return rings.filter((ring, i) => ring.steps > 2 || rings.length === 1).map((ring) => ring.text).join('')
}

function relative(points) {
  let [x, y] = points[0]
  const steps = []
  for (const [nextX, nextY] of points.slice(1)) {
    if (nextX !== x || nextY !== y) steps.push(pair(nextX - x, nextY - y))
    ;[x, y] = [nextX, nextY]
  }
  return { text: `M${pair(...points[0])}l${steps.join(' ').replaceAll(' -', '-')}z`, steps: steps.length }
}

function pair(x, y) {
  return `${x} ${y}`.replace(' -', '-')
}

function round([x, y]) {
  return `M${Math.round(x) - dot} ${Math.round(y)}a${dot} ${dot} 0 1 0 ${2 * dot} 0a${dot} ${dot} 0 1 0-${2 * dot} 0z`
}
