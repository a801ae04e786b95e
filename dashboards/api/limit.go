package api

import (
	"crypto/sha256"
	"sync"
	"time"
)

// limiter gives each token an allowance that refills evenly over an hour. It keeps tokens as hashes, and only of those that are valid,
// so its size is bounded by the tokens there are; revoked ones go when their allowance is full again.
type limiter struct {
	perHour float64
	now     func() time.Time

	mu     sync.Mutex
	tokens map[[32]byte]allowance
	swept  time.Time
}

type allowance struct {
	left float64
	at   time.Time
}

func newLimiter(perHour int, now func() time.Time) *limiter {
	return &limiter{perHour: float64(perHour), now: now, tokens: map[[32]byte]allowance{}, swept: now()}
}

// take takes one request from the token's allowance, or returns how long to wait for it, and how many are left.
func (l *limiter) take(token string) (wait time.Duration, left int) {
	key, now := sha256.Sum256([]byte(token)), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	a, known := l.tokens[key]
	if !known {
		a = allowance{left: l.perHour, at: now}
	}
	a.left = min(l.perHour, a.left+now.Sub(a.at).Hours()*l.perHour)
	a.at = now
	if a.left < 1 {
		wait = time.Duration((1 - a.left) / l.perHour * float64(time.Hour))
	} else {
		a.left--
	}
	l.tokens[key] = a
	return wait, int(a.left)
}

// sweep forgets, once an hour, the tokens that have not asked for an hour.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Hour {
		return
	}
	l.swept = now
	for key, a := range l.tokens {
		if now.Sub(a.at) >= time.Hour {
			delete(l.tokens, key)
		}
	}
}
