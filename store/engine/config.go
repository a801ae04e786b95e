package engine

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed config.xml.tmpl
var configTemplate string

//go:embed users.xml.tmpl
var usersTemplate string

// Names of the two database users. Their passwords are drawn at every [Start].
const (
	appUser    = "app"
	readerUser = "reader"
)

// config is what the two XML templates are filled with.
type config struct {
	Data   string // directory ClickHouse owns
	Run    string // directory with the configuration and the logs
	Port   int    // 0: any free one
	Memory int64  // bytes the whole process may use

	AppHash, ReaderHash string // hex SHA-256 of the passwords
}

// Share returns percent hundredths of the memory limit, in bytes.
func (c config) Share(percent int64) int64 { return c.Memory / 100 * percent }

// write renders config.xml and users.xml into c.Run and returns the path of the former.
func (c config) write() (string, error) {
	path := filepath.Join(c.Run, "config.xml")
	return path, errors.Join(
		c.render(configTemplate, path),
		c.render(usersTemplate, filepath.Join(c.Run, "users.xml")),
	)
}

func (c config) render(text, path string) error {
	t, err := template.New(filepath.Base(path)).Funcs(template.FuncMap{"xml": escape}).Parse(text)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, c); err != nil {
		return err
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("cannot write the engine's configuration: %w", err)
	}
	return nil
}

// escape makes a file name fit to stand in an XML element.
func escape(s string) (string, error) {
	var b bytes.Buffer
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

// newPassword returns 128 random bits in hexadecimal.
func newPassword() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, see its documentation
	return hex.EncodeToString(b[:])
}

func hash(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}
