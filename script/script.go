// Package script is the tracker that websites embed, w.js, ready to be served.
//
// The source is TypeScript in src/, one idea per file; read start.ts first. `node script/build.mjs` makes dist/, which
// is committed because it is our own code and always comes out the same:
//
//	w.js           everything, minified: what GET /w.js serves
//	w.core.js      without links, downloads, forms and marked elements, minified
//	w.readable.js  everything, as the build joins it: for whoever wants to see what runs on their site
//	choice.js      the switch with which a visitor opts out on a site's own policy page, minified; no part of w.js
//
// What the script sends is described in src/wire.ts, its names shared with package beacon by the bodies in
// beacon/testdata/script, which the browser tests in test/ record. What it does and why is in README.md.
package script

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"sync"

	"github.com/andybalholm/brotli"
)

var (
	//go:embed dist/w.js
	minified []byte
	//go:embed dist/w.core.js
	core []byte
	//go:embed dist/w.readable.js
	readable []byte
	//go:embed dist/choice.js
	choice []byte
)

// Minified returns w.js as a browser should get it. Like every slice of this package it is shared: do not write to it.
func Minified() []byte { return minified }

// Core returns the smaller script that counts pages, engagement, searches and custom events only.
func Core() []byte { return core }

// Readable returns the same program as Minified with names, line breaks and indentation.
func Readable() []byte { return readable }

// Choice returns the switch for policy pages, minified.
func Choice() []byte { return choice }

// File is a script as it is served: as it is and compressed at the highest level, each made once.
type File struct {
	Body, Brotli, Gzip []byte

	// ETag is 16 characters that change exactly when Body does, for an entity tag (RFC 9110 section 8.8.3) without its quotes, and for
	// an address that may be cached for good. Encodings of one resource differ in bytes, so a tag they share must be a weak one.
	ETag string
}

// Files returns every script by the name it is served under.
func Files() map[string]File { return files() }

var files = sync.OnceValue(func() map[string]File {
	all := map[string]File{}
	for name, body := range map[string][]byte{"w.js": minified, "w.core.js": core, "w.readable.js": readable, "choice.js": choice} {
		all[name] = File{Body: body, Brotli: compressBrotli(body), Gzip: compressGzip(body), ETag: etag(body)}
	}
	return all
})

func etag(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

func compressBrotli(plain []byte) []byte {
	var out bytes.Buffer
	// a window of 64 KiB: the usual one takes 32 MiB
	w := brotli.NewWriterOptions(&out, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 16})
	w.Write(plain) // a bytes.Buffer takes everything
	w.Close()
	return out.Bytes()
}

func compressGzip(plain []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(fmt.Sprintf("script: cannot compress: %v", err)) // only an impossible level is refused
	}
	w.Write(plain)
	w.Close()
	return out.Bytes()
}
