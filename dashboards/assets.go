package dashboards

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var built embed.FS

// assets are the built scripts, styles and pictures, each also compressed, under names that hold their hash.
type assets struct {
	files fs.FS
	names map[string]string // "app.js" → "app.K3J5Q2WX.js"
}

func loadAssets(files fs.FS) (*assets, error) {
	a := &assets{files: files}
	text, err := fs.ReadFile(files, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the assets of the dashboards have not been built: run `make build`")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the assets of the dashboards: %w", err)
	}
	if err := json.Unmarshal(text, &a.names); err != nil {
		return nil, fmt.Errorf("the list of assets of the dashboards is damaged: %w; run `make build`", err)
	}
	return a, nil
}

// url is where a page finds an asset.
func (a *assets) url(name string) string { return "/assets/" + a.names[name] }

// ServeHTTP serves one asset for good: another content has another name.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if strings.ContainsAny(name, "/\\") || name == "manifest.json" {
		return errNotFound
	}
	body, encoding, err := a.read(name, r.Header.Get("Accept-Encoding"))
	if err != nil {
		return errNotFound
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(body)))
	return nil
}

// read returns a file in the best encoding the browser takes and the build has made.
func (a *assets) read(name, accepts string) (body []byte, encoding string, err error) {
	for _, e := range []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if strings.Contains(accepts, e.name) {
			if body, err = fs.ReadFile(a.files, name+e.suffix); err == nil {
				return body, e.name, nil
			}
		}
	}
	body, err = fs.ReadFile(a.files, name)
	return body, "", err
}
