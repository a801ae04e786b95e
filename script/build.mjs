// Builds dist/ from src/: `node script/build.mjs`. The same source gives the same bytes, so dist/ is committed and
// `git diff --exit-code` after a build shows whether it is current. Prints the size a browser downloads.
import { build, transform } from 'esbuild'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const target = 'es2021'

/** The modules joined, in the order of their imports. Whatever goes wrong while they load stays out of the page's console. */
const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [here(`src/${entry}.ts`)],
    bundle: true,
    format: 'iife',
    target,
    define: { OUTCOMES: String(entry != 'w.core') },
    tsconfigRaw: {},
    legalComments: 'none',
    write: false,
  })
  return `try {\n${outputFiles[0].text}} catch {}\n`
}

/** Minified after it was joined, not while: the modules' declarations then merge, which saves some 20 bytes. */
const minify = async (script) => (await transform(script, { minify: true, target })).code.trim()

const brotli = (text) =>
  brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text),
    },
  })

for (const [entry, contents] of [
  ['w.core', 'core'],
  ['w', 'everything'],
  ['choice', 'the switch'],
]) {
  const minified = await minify(await bundle(entry))
  writeFileSync(here(`dist/${entry}.js`), minified)
  const bytes = { minified: Buffer.byteLength(minified), gzip: gzipSync(minified, { level: 9 }).length, brotli: brotli(minified).length }
  console.log(`${entry}.js (${contents}): ${bytes.minified} bytes minified, ${bytes.gzip} gzip, ${bytes.brotli} brotli`)
}
writeFileSync(here('dist/w.readable.js'), await bundle('w'))
