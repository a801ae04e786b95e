package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"sporlos/store/report"
)

// Format is a format of single events.
type Format string

// The formats there are. The names of columns are the same in all of them: the fields of record.
const (
	FormatCSV     Format = "csv"     // as [CSV]; properties are a JSON object
	FormatJSONL   Format = "jsonl"   // one JSON object a line
	FormatParquet Format = "parquet" // with ZSTD; properties are a map
)

// Formats are the formats there are.
func Formats() []Format { return []Format{FormatCSV, FormatJSONL, FormatParquet} }

// Type is the media type of the format, "" when it is none.
func (f Format) Type() string {
	return map[Format]string{
		FormatCSV: "text/csv; charset=utf-8; header=present", FormatJSONL: "application/jsonl; charset=utf-8", FormatParquet: "application/vnd.apache.parquet",
	}[f]
}

// Raw writes single events in one format.
type Raw struct {
	write func(*report.RawEvent) error
	close func() error
}

// Write writes an event.
func (r *Raw) Write(e *report.RawEvent) error { return r.write(e) }

// Close writes what is still held. The writer underneath stays open.
func (r *Raw) Close() error { return r.close() }

// NewRaw returns a writer of events. It fails when there is no such format.
func NewRaw(f Format, w io.Writer) (*Raw, error) {
	switch f {
	case FormatCSV:
		return rawCSV(w), nil
	case FormatJSONL:
		return rawJSONL(w), nil
	case FormatParquet:
		return rawParquet(w), nil
	}
	return nil, fmt.Errorf("format %q is not known: use csv, jsonl or parquet", f)
}

// record is an event as it is written; its fields are the columns, in this order.
type record struct {
	Visit   uint64    `json:"visit" parquet:"visit,delta"`
	Day     string    `json:"day" parquet:"day,dict"`
	Started time.Time `json:"visit_started" parquet:"visit_started,timestamp"`
	Seconds uint32    `json:"seconds" parquet:"seconds"`

	Name        string `json:"name" parquet:"name,dict"`
	Interactive bool   `json:"interactive" parquet:"interactive"`
	Host        string `json:"host" parquet:"host,dict"`
	Path        string `json:"path" parquet:"path,dict"`
	Referrer    string `json:"referrer" parquet:"referrer,dict"`
	Source      string `json:"source" parquet:"source,dict"`
	Channel     string `json:"channel" parquet:"channel,dict"`
	UTMSource   string `json:"utm_source" parquet:"utm_source,dict"`
	UTMMedium   string `json:"utm_medium" parquet:"utm_medium,dict"`
	UTMCampaign string `json:"utm_campaign" parquet:"utm_campaign,dict"`
	UTMContent  string `json:"utm_content" parquet:"utm_content,dict"`
	UTMTerm     string `json:"utm_term" parquet:"utm_term,dict"`

	Country        string `json:"country" parquet:"country,dict"`
	Region         string `json:"region" parquet:"region,dict"`
	City           string `json:"city" parquet:"city,dict"`
	Browser        string `json:"browser" parquet:"browser,dict"`
	BrowserVersion string `json:"browser_version" parquet:"browser_version,dict"`
	OS             string `json:"os" parquet:"os,dict"`
	OSVersion      string `json:"os_version" parquet:"os_version,dict"`
	Device         string `json:"device" parquet:"device,dict"`

	EngagementMS uint32            `json:"engagement_ms" parquet:"engagement_ms"`
	Scroll       uint32            `json:"scroll" parquet:"scroll"`
	Revenue      float64           `json:"revenue" parquet:"revenue"`
	Currency     string            `json:"currency" parquet:"currency,dict"`
	Props        map[string]string `json:"props" parquet:"props"`
}

// rawHeads are the columns of record.
var rawHeads = []any{"visit", "day", "visit_started", "seconds", "name", "interactive", "host", "path", "referrer", "source", "channel", "utm_source", "utm_medium",
	"utm_campaign", "utm_content", "utm_term", "country", "region", "city", "browser", "browser_version", "os", "os_version", "device", "engagement_ms",
	"scroll", "revenue", "currency", "props"}

func recordOf(e *report.RawEvent) record {
	props := make(map[string]string, len(e.PropKeys))
	for i, key := range e.PropKeys {
		if i < len(e.PropValues) {
			props[key] = e.PropValues[i]
		}
	}
	return record{
		Visit: e.Visit, Day: e.Day.String(), Started: e.Started, Seconds: e.Seconds, Name: e.Name, Interactive: e.Interactive, Host: e.Host, Path: e.Path,
		Referrer: e.Referrer, Source: e.Source, Channel: e.Channel, UTMSource: e.UTMSource, UTMMedium: e.UTMMedium, UTMCampaign: e.UTMCampaign,
		UTMContent: e.UTMContent, UTMTerm: e.UTMTerm, Country: e.Country, Region: e.Region, City: e.City, Browser: e.Browser,
		BrowserVersion: e.BrowserVersion, OS: e.OS, OSVersion: e.OSVersion, Device: e.Device, EngagementMS: e.EngagementMS, Scroll: uint32(e.Scroll),
		Revenue: float64(e.RevenueMilli) / 1000, Currency: e.Currency, Props: props,
	}
}

func rawCSV(w io.Writer) *Raw {
	c, begun := NewCSV(w), false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		return c.Row(rawHeads...)
	}
	write := func(e *report.RawEvent) error {
		if err := begin(); err != nil {
			return err
		}
		r := recordOf(e)
		props, err := json.Marshal(r.Props)
		if err != nil {
			return err
		}
		return c.Row(int(r.Visit), r.Day, r.Started.Format(time.RFC3339), int(r.Seconds), r.Name, strconv.FormatBool(r.Interactive), r.Host, r.Path, r.Referrer, r.Source,
			r.Channel, r.UTMSource, r.UTMMedium, r.UTMCampaign, r.UTMContent, r.UTMTerm, r.Country, r.Region, r.City, r.Browser, r.BrowserVersion, r.OS, r.OSVersion,
			r.Device, int(r.EngagementMS), int(r.Scroll), r.Revenue, r.Currency, string(props))
	}
	return &Raw{write, func() error {
		if err := begin(); err != nil {
			return err
		}
		return c.Flush()
	}}
}

func rawJSONL(w io.Writer) *Raw {
	buffered := bufio.NewWriterSize(w, 32<<10)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	return &Raw{func(e *report.RawEvent) error { return encoder.Encode(recordOf(e)) }, buffered.Flush}
}

// rowGroup is how many events a Parquet writer holds before it writes them: their columns, dictionaries included, are in memory.
const rowGroup = 50_000

func rawParquet(w io.Writer) *Raw {
	p := parquet.NewGenericWriter[record](w, parquet.MaxRowsPerRowGroup(rowGroup), parquet.Compression(&zstd.Codec{}), parquet.CreatedBy("sporlos", "", ""))
	held := make([]record, 0, 256)
	flush := func() error {
		_, err := p.Write(held)
		held = held[:0]
		return err
	}
	return &Raw{
		func(e *report.RawEvent) error {
			if held = append(held, recordOf(e)); len(held) == cap(held) {
				return flush()
			}
			return nil
		},
		func() error {
			if err := flush(); err != nil {
				return err
			}
			return p.Close()
		},
	}
}
