// Package totp checks the time-based one-time passwords of RFC 6238 as authenticator apps make them: HMAC-SHA-1, six digits, a new one
// every 30 seconds. SHA-1 is what apps agree on; in an HMAC its collisions do not matter.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	period     = 30 // seconds of a step
	digits     = 6
	secretSize = 20 // bytes: the output of SHA-1, as RFC 4226 section 4 recommends
	skew       = 1  // steps that clocks may be apart
)

var text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns a random secret of 160 bits.
func NewSecret() []byte {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails: crypto/rand aborts the program instead
	return secret
}

// Text is a secret as a person types it into an app: base32.
func Text(secret []byte) string { return text.EncodeToString(secret) }

// Step is the number of the time step at a moment.
func Step(t time.Time) int64 { return t.Unix() / period }

// Code returns the code of a time step (RFC 4226 section 5.3).
func Code(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, number%1_000_000)
}

// Match returns the time step whose code is code, of those a step at most away from now and later than after; false when there is none.
// It takes as long for a wrong code as for a right one.
func Match(secret []byte, code string, now time.Time, after int64) (step int64, ok bool) {
	code = Clean(code)
	for s := Step(now) - skew; s <= Step(now)+skew; s++ {
		if subtle.ConstantTimeCompare([]byte(Code(secret, s)), []byte(code)) == 1 && s > after {
			step, ok = s, true
		}
	}
	return step, ok
}

// Clean takes out the spaces with which apps show codes.
func Clean(code string) string { return strings.Join(strings.Fields(code), "") }

// URI is what an app reads from a QR code (the Key Uri Format of Google Authenticator).
func URI(issuer, account string, secret []byte) string {
	q := "secret=" + Text(secret) + "&issuer=" + url.PathEscape(issuer) + "&algorithm=SHA1&digits=6&period=30"
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(account) + "?" + q
}
