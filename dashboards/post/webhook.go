package post

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// SignatureHeader holds "sha256=" and the hexadecimal HMAC-SHA256 of the header [TimestampHeader], a dot, and the body.
const (
	SignatureHeader = "X-Sporlos-Signature"
	TimestampHeader = "X-Sporlos-Timestamp" // Unix seconds
)

// Hook is what a webhook is told, as JSON.
type Hook struct {
	Kind  string    `json:"kind"` // "spike", "drop" or "test"
	Site  string    `json:"site"`
	At    time.Time `json:"at"`
	Count int       `json:"count"` // visitors now; hours without a pageview
	Usual int       `json:"usual,omitempty"`
	Text  string    `json:"text"` // a sentence, which Slack and Mattermost show as it is
	URL   string    `json:"url"`  // of the dashboard
}

// hooks posts to addresses that owners have set. A redirect is not followed: it would lead where nobody has set anything.
var hooks = &http.Client{
	Timeout:       10 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true},
}

// Sign returns the signature of a body sent at a time, for whoever checks one.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// call posts to a webhook. Whatever is not 2xx is an error.
func call(ctx context.Context, address, secret string, hook Hook) error {
	body, err := json.Marshal(hook)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Sporlos")
	request.Header.Set(TimestampHeader, timestamp)
	request.Header.Set(SignatureHeader, Sign(secret, timestamp, body))
	response, err := hooks.Do(request)
	if err != nil {
		var quoting *url.Error
		if errors.As(err, &quoting) { // it quotes the address, which may hold a secret
			err = quoting.Err
		}
		return fmt.Errorf("the webhook could not be reached: %w", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10))
	_ = response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answered %s", response.Status)
	}
	return nil
}
