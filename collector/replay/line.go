package replay

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// entry is one line of a log. All but the time are copies of what the line says, with escapes resolved.
type entry struct {
	host     string // of a line in vhost_combined, without port
	addr     netip.Addr
	time     time.Time
	method   string
	target   string // path and query
	status   int
	referrer string // "" for "-"
	agent    string // "" for "-"
}

// view is what is kept of an entry in the window.
type view = entry

func (e *entry) keep() *view { kept := *e; return &kept }

// hostOr returns the line's host, or the site's when the line names none.
func (e *entry) hostOr(domain string) string {
	if e.host != "" {
		return e.host
	}
	host, _, _ := strings.Cut(domain, "/")
	return host
}

const timeLayout = "02/Jan/2006:15:04:05 -0700"

// parse reads a line:
//
//	[host[:port] ]address ident user [time] "method target protocol" status bytes[ "referrer" "agent"[ anything]]
func (e *entry) parse(line []byte) bool {
	line = bytes.TrimRight(line, "\r\n")
	head, rest, ok := bytes.Cut(line, []byte(" ["))
	if !ok || !e.parseWho(head) {
		return false
	}
	stamp, rest, ok := bytes.Cut(rest, []byte("] "))
	if !ok {
		return false
	}
	var err error
	if e.time, err = time.Parse(timeLayout, string(stamp)); err != nil || e.time.Year() < 1990 || e.time.Year() > 2100 {
		return false
	}
	request, rest, ok := quoted(rest)
	if !ok || !e.parseRequest(request) {
		return false
	}
	numbers, rest, _ := bytes.Cut(rest, []byte(` "`))
	if !e.parseStatus(numbers) {
		return false
	}
	if len(rest) == 0 { // common: neither referrer nor agent
		return true
	}
	return e.parseAsker(append([]byte{'"'}, rest...))
}

// parseWho reads what stands before the time.
func (e *entry) parseWho(head []byte) bool {
	fields := bytes.Fields(head)
	if len(fields) < 3 {
		return false
	}
	address := fields[0]
	if a, err := netip.ParseAddr(string(address)); err == nil {
		e.addr = a.Unmap()
		return true
	}
	if a, err := netip.ParseAddr(string(fields[1])); err == nil && len(fields) > 3 {
		e.addr = a.Unmap()
		e.host = strings.ToLower(withoutPort(string(address)))
		return true
	}
	return isHostName(address) // the server looked up the client's name: then its place is not known
}

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	return host
}

func isHostName(b []byte) bool {
	for _, c := range b {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 253
}

// parseRequest reads the request line. One without protocol is HTTP/0.9; a target may hold spaces.
func (e *entry) parseRequest(request string) bool {
	method, rest, ok := strings.Cut(request, " ")
	if !ok || method == "" || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return false
	}
	if i := strings.LastIndex(rest, " HTTP/"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.Index(rest, "://"); i > 0 && i < 6 { // asked for as a proxy is
		if _, after, found := strings.Cut(rest[i+3:], "/"); found {
			rest = "/" + after
		}
	}
	e.method, e.target = method, rest
	return rest != "" && (rest[0] == '/' || method != "GET")
}

func (e *entry) parseStatus(numbers []byte) bool {
	fields := bytes.Fields(numbers)
	if len(fields) < 2 {
		return false
	}
	var err error
	e.status, err = strconv.Atoi(string(fields[0]))
	return err == nil && e.status >= 100 && e.status <= 599
}

// parseAsker reads referrer and agent.
func (e *entry) parseAsker(rest []byte) bool {
	var ok bool
	if e.referrer, rest, ok = quoted(rest); !ok {
		return false
	}
	if e.agent, _, ok = quoted(bytes.TrimLeft(rest, " ")); !ok {
		return false
	}
	if e.referrer == "-" {
		e.referrer = ""
	}
	if e.agent == "-" {
		e.agent = ""
	}
	return true
}

// quoted reads a text in quotes and resolves what Apache and nginx escape: \" \\ \n \t … and \xHH.
func quoted(b []byte) (text string, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return "", b, false
	}
	b = b[1:]
	var out []byte // only when something is escaped
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"' && out == nil:
			return string(b[:i]), b[i+1:], true
		case c == '"':
			return string(out), b[i+1:], true
		case c == '\\' && i+1 < len(b):
			if out == nil {
				out = append(make([]byte, 0, len(b)), b[:i]...)
			}
			var n int
			out, n = unescape(out, b[i:])
			i += n - 1
		case out != nil:
			out = append(out, c)
		}
	}
	return "", b, false
}

// unescape appends what the escape at the start of b stands for, and returns the escape's length.
func unescape(out, b []byte) ([]byte, int) {
	switch b[1] {
	case '"', '\\':
		return append(out, b[1]), 2
	case 'b', 'f', 'n', 'r', 't', 'v':
		return append(out, ' '), 2
	case 'x':
		if len(b) >= 4 {
			if n, err := strconv.ParseUint(string(b[2:4]), 16, 8); err == nil {
				return append(out, byte(n)), 4
			}
		}
	}
	return append(out, '\\'), 1
}
