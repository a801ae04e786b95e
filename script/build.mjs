// Builds dist/ from src/: `node script/build.mjs`. The same source gives the same bytes, so dist/ is committed and
// `git diff --exit-code` after a build shows whether it is current. Prints the size a browser downloads.
import { build } from 'esbuild'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const bundle = async (entry, minify) => {
  const { outputFiles } = await build({
    entryPoints: [here(`src/${entry}.ts`)],
    bundle: true,
    minify,
    format: 'iife',
    target: 'es2021',
    tsconfigRaw: {},
    legalComments: 'none',
    write: false,
  })
  // Whatever goes wrong while it loads stays out of the page's error handlers and console.
  return minify ? `try{${outputFiles[0].text.trim()}}catch{}` : `try {\n${outputFiles[0].text}} catch {}\n`
}

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
]) {
  const minified = await bundle(entry, true)
  writeFileSync(here(`dist/${entry}.js`), minified)
  const bytes = { minified: Buffer.byteLength(minified), gzip: gzipSync(minified, { level: 9 }).length, brotli: brotli(minified).length }
  console.log(`${entry}.js (${contents}): ${bytes.minified} bytes minified, ${bytes.gzip} gzip, ${bytes.brotli} brotli`)
}
writeFileSync(here('dist/w.readable.js'), await bundle('w', false))
