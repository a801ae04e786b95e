// Package traffic makes the beacons of many make-believe visitors, as browsers send them through a trusted proxy, and sends them: as fast
// as they are answered ([Closed], and [WRK] where the program wrk is installed), or each at its time ([Open]).
//
// Beacon i comes from a network of its own (up to a million), from one of 256 agents, is of one of 500 pages and has one of 40
// referrers. A beacon counts as accepted only when it was answered 202 without x-sporlos-dropped.
package traffic

import (
	"fmt"
	"strconv"
	"strings"
)

// Domain is the site of beacons made by Requests.
const Domain = "example.org"

// Requests returns the whole HTTP requests of beacons 0 to n-1.
func Requests(n int) [][]byte {
	requests := make([][]byte, n)
	for i := range requests {
		requests[i] = Append(nil, i, Domain)
	}
	return requests
}

var agents = makeAgents()

// Append appends the HTTP request of beacon i, of the site with that domain, to dst.
func Append(dst []byte, i int, domain string) []byte {
	body := fmt.Sprintf(`{"n":"pageview","u":"https://www.%s/section-%d/page-%d?utm_source=%s","d":"%s","r":"%s","v":1}`,
		domain, i%25, i%500, [...]string{"letter", "", "partner"}[i%3], domain, referrer(i, domain))
	dst = append(dst, "POST /e HTTP/1.1\r\nHost: www."+domain+"\r\nUser-Agent: "...)
	dst = append(dst, agents[i%len(agents)]...)
	dst = append(dst, "\r\nAccept: */*\r\nAccept-Language: nb-NO,nb;q=0.9,en;q=0.8\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"+
		"Content-Type: text/plain;charset=UTF-8\r\nOrigin: https://www."+domain+"\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\n"...)
	dst = fmt.Appendf(dst, "X-Forwarded-For: %d.%d.%d.%d\r\nX-Forwarded-Proto: https\r\n", 80+i%16, i/16%256, i/4096*7%256, 1+i%250)
	dst = append(strconv.AppendInt(append(dst, "Content-Length: "...), int64(len(body)), 10), "\r\n\r\n"...)
	return append(dst, body...)
}

func referrer(i int, domain string) string {
	switch i % 4 {
	case 0:
		return "https://www.google.com/"
	case 1:
		return "https://www." + domain + "/section-1/"
	case 2:
		return fmt.Sprintf("https://news-%d.example/today?id=%d", i%38, i)
	}
	return ""
}

func makeAgents() (agents []string) {
	systems := []string{"Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64", "Linux; Android 10; K"}
	for i := range 256 {
		system, version := systems[i%4], 80+i/4
		mobile := ""
		if strings.Contains(system, "Android") {
			mobile = " Mobile"
		}
		if i%8 == 2 {
			agents = append(agents, fmt.Sprintf("Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0", system, version, version))
			continue
		}
		agents = append(agents, fmt.Sprintf("Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0%s Safari/537.36", system, version, mobile))
	}
	return agents
}
