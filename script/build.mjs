// Builds dist/ from src/: `node script/build.mjs`. The same source gives the same bytes, so dist/ is committed and
// `git diff --exit-code` after a build shows whether it is current. Prints the size a browser downloads.
//
// `node script/build.mjs names` first searches for short names that compress better, some minutes long, and keeps them in
// names.json; worth it after the source changed. The names change nothing but the size.
import { build } from 'esbuild'
import { minify } from 'terser'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * The modules joined, in the order of their imports. Whatever goes wrong while they load stays out of the page's console, and the
 * block that catches it is also the scope: `let` instead of `var` keeps every name out of the page, without a function around.
 */
const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [here(`src/${entry}.ts`)],
    bundle: true,
    format: 'esm',
    target: 'es2021',
    define: { EVERYTHING: String(entry != 'w.core') },
    tsconfigRaw: {},
    legalComments: 'none',
    write: false,
  })
  return `try {\n${outputFiles[0].text.replace(/^var /gm, 'let ')}} catch {}\n`
}

/** Minified, with the number of a name instead of each: `$0$`, `$1$`… `let` everywhere is one word less to compress than `const` too. */
const numbered = async (script) => {
  const { code } = await minify(script, {
    ecma: 2021,
    toplevel: true,
    compress: { passes: 5, unsafe_arrows: true, keep_fargs: false, pure_getters: true, booleans_as_integers: true },
    mangle: { nth_identifier: { get: (n) => `$${n}$` } },
    format: { ascii_only: true, quote_style: 3 },
  })
  return code.replace(/;$/, '').replaceAll('const ', 'let ').split(/\$(\d+)\$/)
}

const named = (parts, names) => parts.map((part, i) => (i % 2 ? names[part] : part)).join('')

const brotli = (text) =>
  brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text),
    },
  }).length

/** Climbs from one set of names to the next by exchanging two or four of them, as long as that does not cost a byte. */
const search = (parts, names, tries) => {
  let seed = 1
  const below = (n) => (seed = (seed * 48271) % 0x7fffffff) % n
  const used = Math.max(...parts.filter((_, i) => i % 2).map(Number)) + 1
  let size = brotli(named(parts, names))
  while (tries--) {
    const changed = [...names]
    for (let pairs = below(3) ? 1 : 2; pairs; pairs--) {
      const [one, other] = [below(used), below(names.length)]
      ;[changed[one], changed[other]] = [changed[other], changed[one]]
    }
    const now = brotli(named(parts, changed))
    if (now <= size) [size, names] = [now, changed.join('')]
  }
  return names
}

const names = JSON.parse(readFileSync(here('names.json')))
for (const [entry, contents] of [
  ['w.core', 'core'],
  ['w', 'everything'],
  ['choice', 'the switch'],
]) {
  const joined = await bundle(entry)
  const parts = await numbered(joined)
  if (process.argv[2] == 'names') names[entry] = search(parts, names[entry], 20_000)
  const minified = named(parts, names[entry])
  writeFileSync(here(`dist/${entry}.js`), minified)
  if (entry == 'w') writeFileSync(here('dist/w.readable.js'), joined)
  console.log(`${entry}.js (${contents}): ${Buffer.byteLength(minified)} bytes minified, ${gzipSync(minified, { level: 9 }).length} gzip, ${brotli(minified)} brotli`)
}
if (process.argv[2] == 'names') writeFileSync(here('names.json'), JSON.stringify(names, null, 1) + '\n')
