package main

import (
	"fmt"
	"strings"
)

const (
	domain  = "example.org"
	variety = 8192 // different requests: as many networks, 256 agents, 500 pages, 40 referrers
)

// makeRequests returns whole HTTP requests as a browser behind a proxy sends them.
func makeRequests() [][]byte {
	agents := makeAgents()
	requests := make([][]byte, variety)
	for i := range requests {
		body := fmt.Sprintf(`{"n":"pageview","u":"https://www.example.org/section-%d/page-%d?utm_source=%s","d":"example.org","r":"%s","v":1}`,
			i%25, i%500, []string{"letter", "", "partner"}[i%3], referrer(i))
		requests[i] = fmt.Appendf(nil, "POST /e HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: %s\r\nAccept: */*\r\n"+
			"Accept-Language: nb-NO,nb;q=0.9,en;q=0.8\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nContent-Type: text/plain;charset=UTF-8\r\n"+
			"Origin: https://www.example.org\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\nX-Forwarded-For: %d.%d.%d.%d\r\n"+
			"X-Forwarded-Proto: https\r\nContent-Length: %d\r\n\r\n%s",
			agents[i%len(agents)], 80+i%16, i/16%64, i/1024*7, 1+i%250, len(body), body)
	}
	return requests
}

func referrer(i int) string {
	switch i % 4 {
	case 0:
		return "https://www.google.com/"
	case 1:
		return "https://www.example.org/section-1/"
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
