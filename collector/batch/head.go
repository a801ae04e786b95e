package batch

import "bytes"

// verdict is what becomes of bytes that came over a connection.
type verdict int

const (
	partial verdict = iota // a request's beginning: the rest is on its way
	whole                  // one plain request
	strange                // for the other server to deal with, and the connection with it
)

// maxFields is how many header fields a plain request has at most.
const maxFields = 64

// scan reads a request. It takes the common form and nothing besides, so that it cannot understand anything otherwise than the
// server behind it (RFC 9112): everything that is not one request, of HTTP/1.1, with fields on a line each, one Host, and its
// length said once, is strange. A partial request is one that may still become plain.
func (r *Request) scan(data []byte) verdict {
	r.Fields = r.Fields[:0]
	if len(data) == 0 {
		return partial
	}
	if c := data[0]; c < 'A' || c > 'Z' { // no method begins so: do not wait for more of it
		return strange
	}
	rest, v := r.requestLine(data)
	if v != whole {
		return v
	}
	f := framing{length: -1}
	for {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return partialUnlessLarge(data)
		}
		if end == 0 || rest[end-1] != '\r' {
			return strange
		}
		line := rest[:end-1]
		rest = rest[end+1:]
		if len(line) == 0 {
			break
		}
		if !r.field(line) || !f.note(r.Fields[len(r.Fields)-1]) {
			return strange
		}
	}
	return r.body(data, rest, f)
}

func partialUnlessLarge(data []byte) verdict {
	if len(data) >= Size {
		return strange
	}
	return partial
}

var version = []byte(" HTTP/1.1\r")

// requestLine reads "POST /e HTTP/1.1".
func (r *Request) requestLine(data []byte) (rest []byte, v verdict) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return nil, partialUnlessLarge(data)
	}
	line, ok := bytes.CutSuffix(data[:end], version)
	if !ok {
		return nil, strange
	}
	space := bytes.IndexByte(line, ' ')
	if space < 0 {
		return nil, strange
	}
	r.Method, r.Path = line[:space], line[space+1:]
	for _, c := range r.Method {
		if c < 'A' || c > 'Z' {
			return nil, strange
		}
	}
	if len(r.Path) == 0 || r.Path[0] != '/' {
		return nil, strange
	}
	return data[end+1:], whole
}

// clean reports whether a path means the same to whoever reads it: no escape, query, empty or dot segment.
func clean(path []byte) bool {
	before := byte(0)
	for _, c := range path {
		if kinds[c]&inPath == 0 || before == '/' && (c == '/' || c == '.') {
			return false
		}
		before = c
	}
	return true
}

// field reads "name: value", and brings the name into its canonical form where it is.
func (r *Request) field(line []byte) bool {
	if len(r.Fields) == maxFields {
		return false
	}
	first := true // of a word
	for i, c := range line {
		switch {
		case c == ':' && i > 0:
			value := trim(line[i+1:])
			for _, c := range value {
				if kinds[c]&inValue == 0 {
					return false
				}
			}
			r.Fields = append(r.Fields, Field{line[:i], value})
			return true
		case kinds[c]&inName == 0:
			return false
		case first && 'a' <= c && c <= 'z':
			line[i] = c - 'a' + 'A'
		case !first && 'A' <= c && c <= 'Z':
			line[i] = c - 'A' + 'a'
		}
		first = c == '-'
	}
	return false
}

// trim takes blanks and tabs off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// framing is what the fields say about where the request ends.
type framing struct {
	length int // -1: not said
	hosts  int
}

// note reports whether a field leaves the request plain.
func (f *framing) note(one Field) bool {
	switch string(one.Name) {
	case "Content-Length":
		if f.length >= 0 || len(one.Value) == 0 || len(one.Value) > 5 {
			return false
		}
		f.length = 0
		for _, c := range one.Value {
			if c < '0' || c > '9' {
				return false
			}
			f.length = 10*f.length + int(c-'0')
		}
	case "Host":
		f.hosts++
		return isHost(one.Value)
	case "Transfer-Encoding", "Expect", "Upgrade", "Trailer":
		return false
	case "Connection":
		return bytes.EqualFold(one.Value, keepAlive)
	}
	return true
}

// isHost reports whether a value is a name or an IPv4 address, with or without a port. Everything else (nothing, IPv6, a port that is
// none) is for the other server to understand or refuse.
func isHost(value []byte) bool {
	name, port, found := bytes.Cut(value, []byte(":"))
	for _, c := range name {
		if kinds[c]&inHost == 0 {
			return false
		}
	}
	for _, c := range port {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(name) > 0 && found == (len(port) > 0)
}

var keepAlive = []byte("keep-alive")

// body takes what follows the head, which must be the body and nothing else.
func (r *Request) body(data, rest []byte, f framing) verdict {
	if f.hosts != 1 {
		return strange
	}
	if f.length < 0 {
		switch string(r.Method) {
		case "GET", "HEAD", "OPTIONS":
			f.length = 0
		default:
			return strange
		}
	}
	switch {
	case len(data)-len(rest)+f.length > Size, len(rest) > f.length:
		return strange
	case len(rest) < f.length:
		return partial
	}
	r.Body = rest
	return whole
}

const (
	inName  = 1 << iota // RFC 9110: tchar
	inValue             // field-content, with blank and tab
	inPath
	inHost
)

var kinds = func() (k [256]byte) {
	for c := range k {
		if c >= ' ' && c != 0x7f || c == '\t' {
			k[c] |= inValue
		}
		alphanumeric := '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if alphanumeric || bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), byte(c)) >= 0 {
			k[c] |= inName
		}
		if alphanumeric || bytes.IndexByte([]byte("/-._~"), byte(c)) >= 0 {
			k[c] |= inPath
		}
		if alphanumeric || bytes.IndexByte([]byte("-._"), byte(c)) >= 0 {
			k[c] |= inHost
		}
	}
	return k
}()
