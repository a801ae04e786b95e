package collector

import (
	"bytes"
	"strconv"

	"github.com/valyala/fasthttp"
)

// Asset is a file that is served as it is, in the encodings it comes in.
type Asset struct {
	Body, Brotli, Gzip []byte // the last two may be missing
	Type               string // Content-Type
	ETag               string // without quotes; changes with Body
}

// How long an answer is kept. Under its plain name an update reaches everybody within an hour, and no visitor waits for it: what is
// older is shown once more while the browser asks, for a 304 most of the time. Under its content's own address (?v= and the ETag) nothing
// is ever asked again. Another v is an old page or a guess: it gets what is current, as under the plain name.
const (
	briefly = "public, max-age=3600, stale-while-revalidate=604800"
	forGood = "public, max-age=31536000, immutable"
)

// serve answers GET and HEAD with the smallest encoding the client takes.
func (a *Asset) serve(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderCacheControl, briefly)
	if a.ETag != "" && string(ctx.QueryArgs().Peek("v")) == a.ETag {
		h.Set(fasthttp.HeaderCacheControl, forGood)
	}
	h.Set(fasthttp.HeaderVary, fasthttp.HeaderAcceptEncoding)
	h.Set(fasthttp.HeaderAccessControlAllowOrigin, "*")
	h.Set(fasthttp.HeaderCrossOriginResourcePolicy, "cross-origin")
	h.Set(fasthttp.HeaderXContentTypeOptions, "nosniff")
	etag := `W/"` + a.ETag + `"` // weak: one for all encodings
	h.Set(fasthttp.HeaderETag, etag)
	if matches(ctx.Request.Header.Peek(fasthttp.HeaderIfNoneMatch), a.ETag) {
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		return
	}
	h.SetContentType(a.Type)
	body := a.Body
	accepted := ctx.Request.Header.Peek(fasthttp.HeaderAcceptEncoding)
	if len(a.Brotli) > 0 && accepts(accepted, "br") {
		h.Set(fasthttp.HeaderContentEncoding, "br")
		body = a.Brotli
	} else if len(a.Gzip) > 0 && accepts(accepted, "gzip") {
		h.Set(fasthttp.HeaderContentEncoding, "gzip")
		body = a.Gzip
	}
	ctx.Response.SetBodyRaw(body)
}

// matches reports whether If-None-Match names the tag, weak or not, among others, or is *.
func matches(header []byte, etag string) bool {
	for entry := range bytes.SplitSeq(header, []byte(",")) {
		entry = bytes.TrimPrefix(bytes.TrimSpace(entry), []byte("W/"))
		if string(entry) == "*" || string(bytes.Trim(entry, `"`)) == etag {
			return etag != ""
		}
	}
	return false
}

// accepts reports whether Accept-Encoding lists the encoding by name with a weight above zero.
func accepts(header []byte, encoding string) bool {
	for entry := range bytes.SplitSeq(header, []byte(",")) {
		name, parameters, _ := bytes.Cut(entry, []byte(";"))
		if !bytes.EqualFold(bytes.TrimSpace(name), []byte(encoding)) {
			continue
		}
		_, weight, found := bytes.Cut(parameters, []byte("q="))
		if !found {
			return true
		}
		q, err := strconv.ParseFloat(string(bytes.TrimSpace(weight)), 64)
		return err == nil && q > 0
	}
	return false
}
