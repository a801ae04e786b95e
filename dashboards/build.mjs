// Builds the dashboards' scripts, styles and pictures: src/ → dist/, under names that hold their hash, each also as .br and .gz, with
// manifest.json from the plain names to those. `node dashboards/build.mjs` prints the sizes; dist/ holds code of others and is not kept.
import { build } from 'esbuild'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { world } from './map.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, 'dist')

for (const name of await readdir(dist)) if (name !== '.gitkeep') await rm(join(dist, name), { recursive: true })

const { metafile } = await build({
  entryPoints: ['app.ts', 'app.css', 'icon.svg'].map((name) => join(here, 'src', name)),
  outdir: dist,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
  entryNames: '[name].[hash]',
  loader: { '.svg': 'copy' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

const manifest = {}
let total = 0
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  const name = basename(file)
  const bytes = await readFile(join(dist, name))
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
  await writeFile(join(dist, name + '.br'), br)
  await writeFile(join(dist, name + '.gz'), gzipSync(bytes, { level: 9 }))
  if (entryPoint) manifest[basename(entryPoint).replace(/\.ts$/, '.js')] = name
  total += br.length
  console.log(`${name.padEnd(24)} ${String(bytes.length).padStart(7)} bytes, ${String(br.length).padStart(6)} as brotli`)
}
await writeFile(join(dist, 'world.json'), world())
await writeFile(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n')
console.log(`dashboards: ${total} bytes of assets as brotli`)
