package collector

import "github.com/valyala/fasthttp"

// The opt-out is a cookie, the only one there is: it is set when a visitor asks for it on /privacy, says the same for everybody who did,
// and is read for nothing else.
const (
	choiceCookie = "sporlos"
	choiceNo     = "no"
)

// optedOut reports whether the request carries the visitor's no. A browser that has two of them, of the host and of the site's domain,
// says no when one of them does.
func optedOut(h *fasthttp.RequestHeader) bool {
	return string(h.Cookie(choiceCookie)) == choiceNo
}
