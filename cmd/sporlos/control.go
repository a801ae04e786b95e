package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The control socket lets administrative commands work on the data of an installation while it runs. It speaks HTTP over a Unix
// socket in the data directory, mode 0600: whoever may read the data may administer it.

const controlName = "control.sock"

// listenControl opens the socket of a data directory. A socket that nobody answers is left over from a crash and is replaced.
func listenControl(dir string) (net.Listener, error) {
	path := filepath.Join(dir, controlName)
	if conn, err := net.Dial("unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("cannot open %s: it is answered already; is another sporlos running on this data?", path), conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot replace the old control socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot make the control socket private: %w", err), listener.Close())
	}
	return listener, nil
}

// failure is the body of an answer that is not 200.
type failure struct {
	Error string `json:"error"`
}

// procedure serves one call: JSON in, JSON out.
func procedure[In, Out any](fn func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			reply(w, http.StatusBadRequest, failure{"the request is not understood: " + err.Error()})
			return
		}
		out, err := fn(r.Context(), in)
		if err != nil {
			reply(w, http.StatusUnprocessableEntity, failure{err.Error()})
			return
		}
		reply(w, http.StatusOK, out)
	}
}

func reply(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // a caller that left is not an error
}

// control calls procedures over the socket.
type control struct{ http http.Client }

// dialControl connects to the installation that runs on a data directory; ok is false when none does.
func dialControl(dir string) (c *control, ok bool) {
	path := filepath.Join(dir, controlName)
	probe, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return nil, false
	}
	_ = probe.Close()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &control{http.Client{Transport: &http.Transport{DialContext: dial}}}, true
}

// call runs one procedure and decodes its answer.
func call[Out any](ctx context.Context, c *control, name string, in any) (out Out, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	answer, err := c.post(ctx, name, strings.NewReader(string(body)))
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, answer.Close()) }()
	if err := json.NewDecoder(answer).Decode(&out); err != nil {
		return out, fmt.Errorf("the answer of the running sporlos is not understood: %w; is it another version?", err)
	}
	return out, nil
}

// post sends a body and returns the answer's, or the error it names.
func (c *control) post(ctx context.Context, path string, body io.Reader) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control/"+path, body)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot reach the running sporlos: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	var f failure
	if err := json.NewDecoder(response.Body).Decode(&f); err != nil || f.Error == "" {
		f.Error = "the running sporlos answered " + response.Status
	}
	return nil, errors.Join(errors.New(f.Error), response.Body.Close())
}

// withControl gives fn a way to administer the data directory: through the installation that runs on it, or, when none does, by
// opening it for as long as fn takes.
func withControl(ctx context.Context, f *storageFlags, t *terminal, fn func(*control) error) (err error) {
	if c, ok := dialControl(f.Data); ok {
		return fn(c)
	}
	in, err := openInstallation(ctx, f, t.logger(max(f.LogLevel, quiet)), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	stop, err := in.serveControl(&admin{settings: in.settings, store: in.store, importer: &importer{in: in}})
	if err != nil {
		return err
	}
	defer stop()
	c, ok := dialControl(f.Data)
	if !ok {
		return errors.New("the control socket does not answer")
	}
	return fn(c)
}
