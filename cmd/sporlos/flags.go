package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"sporlos/collector/visitor"
	"sporlos/store/schema"
)

// bytes is a size on the command line: 10GiB, 512MiB, 700MB or a plain number of bytes.
type bytes int64

var units = []struct {
	suffix string
	factor float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// UnmarshalText reads a size.
func (b *bytes) UnmarshalText(text []byte) error {
	number, factor := strings.TrimSpace(string(text)), 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || n*factor > math.MaxInt64/2 || math.IsNaN(n) {
		return fmt.Errorf("%q is not a size: write it as 512MiB or 10GiB", text)
	}
	*b = bytes(n * factor)
	return nil
}

// networks is a list of networks on the command line, in CIDR notation or as single addresses.
type networks []netip.Prefix

// UnmarshalText reads one network or several with commas between them.
func (n *networks) UnmarshalText(text []byte) error {
	for _, word := range strings.Split(string(text), ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			address, failed := netip.ParseAddr(word)
			if failed != nil {
				return fmt.Errorf("%q is not a network: write it as 10.0.0.0/8 or 127.0.0.1", word)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		*n = append(*n, prefix.Masked())
	}
	return nil
}

// storageFlags say where an installation keeps what it measured; every command that touches one has them.
type storageFlags struct {
	Data         string     `help:"Directory with everything this installation owns on disk." default:"${data}" type:"path"`
	Clickhouse   string     `help:"Use this ClickHouse (clickhouse://user:password@host:9000/database) instead of the embedded one." placeholder:"URL"`
	EngineLib    string     `help:"The library libchdb.so of the embedded ClickHouse; found by itself beside the program, in node_modules and in /usr/local/lib." placeholder:"FILE"`
	EngineMemory bytes      `help:"Memory the embedded ClickHouse may use, from 512MiB." default:"1GiB"`
	Retention    int        `help:"Months until what was measured is deleted; 14 is the promise, fewer are better. A change holds for what is stored already, from the next start of serve." default:"14"`
	LongerThan   bool       `name:"retention-longer-than-promised" help:"Allow --retention to be more than 14 months: then say so to your visitors."`
	LogLevel     slog.Level `help:"How much to log: debug, info, warn or error." default:"info"`
}

// maxRetention is ten years, in months.
const maxRetention = 120

// Validate refuses impossible values before anything is opened.
func (f *storageFlags) Validate() error {
	var errs []error
	if f.Clickhouse == "" && f.EngineMemory < 512<<20 {
		errs = append(errs, errors.New("--engine-memory is too small: ClickHouse needs 512MiB or more"))
	}
	if f.Clickhouse != "" && !strings.Contains(f.Clickhouse, "://") {
		errs = append(errs, fmt.Errorf("--clickhouse %q is not a URL: write it as clickhouse://user:password@host:9000/sporlos", f.Clickhouse))
	}
	switch {
	case f.Retention < 1 || f.Retention > maxRetention:
		errs = append(errs, fmt.Errorf("--retention %d is not possible: 1 to %d months, or to %d with --retention-longer-than-promised", f.Retention, schema.Retention, maxRetention))
	case f.Retention > schema.Retention && !f.LongerThan:
		errs = append(errs, fmt.Errorf("--retention %d is longer than the %d months that are promised: if you mean it, say so with --retention-longer-than-promised, and to your visitors", f.Retention, schema.Retention))
	}
	return errors.Join(errs...)
}

// identity is what makes a visitor of the day, on the command line.
type identity visitor.Mode

// UnmarshalText reads network, address or none.
func (i *identity) UnmarshalText(text []byte) error {
	mode, err := visitor.ModeOf(string(text))
	*i = identity(mode)
	return err
}
