package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

var words = strings.Fields(`vinter sommer sko støvler jakke barn dame herre tilbud nyhet om oss kontakt personvern arkiv artikkel guide oppskrift kake brød
	fisk fjell tur hytte bil sykkel båt hus hage blomst bok film musikk spill konsert teater museum skole studie jobb stilling lønn skatt avgift lov forskrift
	telefon ring mobil mobile host client report annual privacy policy release notes download install error update driver manual model series edition part chapter page week number price sale blue red
	green large small medium wireless bluetooth adapter cable charger screen phone tablet laptop printer camera lens battery hotel flight train bus ticket map
	weather news sport football league match result score table player club goal season final cup world europe norway oslo bergen trondheim stavanger tromsø
	stockholm malmö göteborg københavn aarhus helsinki turku reykjavik berlin hamburg wie was ist der die das und für mit straße haus garten urlaub amt termin ausweis`)

func word(r *rand.Rand) string { return words[r.IntN(len(words))] }

func slug(r *rand.Rand, sep string) string {
	parts := make([]string, 1+r.IntN(5))
	for i := range parts {
		parts[i] = word(r)
		if r.IntN(8) == 0 {
			parts[i] = number(r)
		}
	}
	return strings.Join(parts, sep)
}

// number is one of up to six digits: an order, a price, a page, a postal code.
func number(r *rand.Rand) string {
	limit := [...]int{10, 100, 1000, 10_000, 100_000, 1_000_000}[r.IntN(6)]
	if r.IntN(10) == 0 {
		return fmt.Sprintf("%04d", r.IntN(10_000))
	}
	return fmt.Sprint(r.IntN(limit))
}

func moment(r *rand.Rand) time.Time {
	return time.Unix(1_262_304_000+r.Int64N(567_000_000), 0).UTC() // 2010 to 2027
}

var stamps = [...]string{
	"2006/01/02", "2006-01-02", "2006/01", "20060102", "20060102T150405", "20060102150405", "200601021504", "2006-01-02T15:04:05Z", "2006-01-02 15:04:05", "02.01.2006", "2.1.2006 15.04",
	"2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05+02:00", "2006_01_02", "02-01-2006", "01/02/2006", "15:04:05", "Jan 2 2006", "060102", "20060102-1504", "2006.01.02", "02.01.06",
}

func stamp(r *rand.Rand) string {
	switch t := moment(r); r.IntN(8) {
	case 0:
		return fmt.Sprint(t.Unix())
	case 1:
		return fmt.Sprint(t.UnixMilli() + r.Int64N(1000))
	default:
		return t.Format(stamps[r.IntN(len(stamps))])
	}
}

func hexadecimal(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[r.IntN(16)]
	}
	return string(b)
}

func uuid(r *rand.Rand) string {
	h := hexadecimal(r, 32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

func isbn(r *rand.Rand) string {
	d := fmt.Sprintf("97%d%09d", 8+r.IntN(2), r.IntN(1_000_000_000))
	sum := 0
	for i, c := range d {
		sum += int(c-'0') * (1 + i%2*2)
	}
	d += fmt.Sprint((10 - sum%10) % 10)
	switch r.IntN(3) {
	case 0:
		return d
	case 1:
		return d[:3] + "-" + d[3:5] + "-" + d[5:8] + "-" + d[8:12] + "-" + d[12:]
	}
	return d[:3] + " " + d[3:4] + " " + d[4:8] + " " + d[8:12] + " " + d[12:]
}

func version(r *rand.Rand) string {
	n := r.IntN
	switch n(9) {
	case 0:
		return fmt.Sprintf("%d.0.%d.%d", 60+n(90), 1000+n(7000), n(250)) // Chrome
	case 1:
		return fmt.Sprintf("%d.0.0.0", 60+n(90))
	case 2:
		return fmt.Sprintf("%d.%d", n(20), n(20))
	case 3:
		return fmt.Sprintf("%d.%d.%d", n(20), n(20), n(300))
	case 4:
		return fmt.Sprintf("v%d.%d.%d.%d", n(20), n(50), n(100), n(255))
	case 5:
		return fmt.Sprintf("%d.%d.%d-rc%d", n(20), n(20), n(30), n(9))
	case 6:
		return fmt.Sprintf("%d.%d.%d.%d", n(12), n(12), n(12), n(12))
	case 7:
		return fmt.Sprintf("version %d.%d.%d.%d", n(40), n(200), n(200), n(200))
	}
	return fmt.Sprint(n(150))
}

func path(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0:
		return "/" + moment(r).Format("2006/01/02") + "/" + slug(r, "-")
	case 1:
		return "/" + slug(r, "-") + "/" + stamp(r)
	case 2:
		return "/" + word(r) + "/" + slug(r, "-") + "-" + number(r)
	case 3:
		return "/" + word(r) + "/:id/" + slug(r, "-")
	case 4:
		return "/" + word(r) + "/" + isbn(r)
	case 5:
		return "/docs/" + version(r) + "/" + slug(r, "_") + ".html"
	case 6:
		return "/order/" + number(r) + "/" + number(r)
	case 7:
		return "/img/" + slug(r, "-") + "@" + fmt.Sprint(2+r.IntN(2)) + "x.png"
	case 8:
		return "/@" + word(r) + number(r) + "/" + slug(r, "-")
	case 9:
		return "/" + word(r) + "%20" + word(r) + "%20" + number(r) + "%2F" + number(r)
	case 10:
		return "/" + uuid(r)
	}
	return "/" + slug(r, "-") + "/" + slug(r, "-")
}

func title(r *rand.Rand) string {
	text := slug(r, " ")
	switch r.IntN(12) {
	case 0:
		return text + " – " + stamp(r)
	case 1:
		return text + " kr " + fmt.Sprintf("%d %03d,%02d", 1+r.IntN(99), r.IntN(1000), r.IntN(100))
	case 2:
		return text + fmt.Sprintf(" %dx%d %d:%02d", 640+r.IntN(4000), 480+r.IntN(2000), r.IntN(24), r.IntN(60))
	case 3:
		return text + fmt.Sprintf(" %d-%d (%d–%d) | ", r.IntN(9), r.IntN(9), 1950+r.IntN(80), 1950+r.IntN(80)) + word(r)
	case 4:
		return text + " " + version(r) + " " + word(r)
	case 5:
		return text + " nr. " + number(r) + fmt.Sprintf(", s. %d–%d", 1+r.IntN(900), 1+r.IntN(900))
	case 6:
		return text + " [redacted] " + word(r)
	case 7:
		return text + " std::" + word(r) + "::" + word(r) + " C++" + fmt.Sprint(11+3*r.IntN(5))
	case 8:
		return fmt.Sprintf("§ %d-%d %s (%s nr. %d)", 1+r.IntN(30), 1+r.IntN(30), text, moment(r).Format("02.01.2006"), r.IntN(200))
	case 9:
		return fmt.Sprintf("%04d %s, uke %d, %d. %s kl. %02d.%02d", r.IntN(10_000), text, 1+r.IntN(52), 1+r.IntN(31), word(r), r.IntN(24), r.IntN(60))
	case 10:
		return text + " Mozilla/5.0 explained " + number(r)
	}
	return text + " " + number(r) + " " + word(r) + " " + number(r)
}

func campaign(r *rand.Rand) string {
	switch r.IntN(6) {
	case 0:
		return slug(r, "_") + "_" + moment(r).Format("2006_01")
	case 1:
		return slug(r, "-") + "-" + moment(r).Format("20060102")
	case 2:
		return "{campaignid}_" + slug(r, "|") + "_" + number(r)
	case 3:
		return "[redacted]_" + slug(r, " ")
	case 4:
		return hexadecimal(r, 8) + "_" + number(r)
	}
	return slug(r, "+") + "+" + number(r)
}

func referrer(r *rand.Rand) string {
	host := word(r) + [...]string{".no", ".com", ".example.org", ".co.uk", ".blogspot.com"}[r.IntN(5)]
	switch r.IntN(4) {
	case 0:
		return host + "/" + slug(r, "-")
	case 1:
		return "www" + number(r) + "." + host + ":" + fmt.Sprint(1024+r.IntN(60_000))
	case 2:
		return "https://" + host + path(r)
	}
	return word(r) + "-" + number(r) + "." + host
}

func property(r *rand.Rand) string {
	switch r.IntN(10) {
	case 0:
		return uuid(r)
	case 1:
		return hexadecimal(r, 32+8*r.IntN(5))
	case 2:
		return "#" + hexadecimal(r, 6) + " " + word(r)
	case 3:
		return fmt.Sprintf("%d.%02d %s", r.IntN(100_000), r.IntN(100), [...]string{"NOK", "EUR", "USD", "SEK"}[r.IntN(4)])
	case 4:
		return strings.ToUpper(word(r)) + "-" + number(r) + "-" + hexadecimal(r, 4)
	case 5:
		return stamp(r) + " " + word(r)
	case 6:
		return `{"` + word(r) + `":` + number(r) + `,"` + word(r) + `":"` + stamp(r) + `"}`
	case 7:
		return fmt.Sprintf("%d/%d %d%% %d-%d", r.IntN(100), r.IntN(100), r.IntN(101), r.IntN(1000), r.IntN(1000))
	case 8:
		return fmt.Sprintf("error 0x%08x at %s:%d:%d", r.Uint32(), word(r)+".js", r.IntN(10_000), r.IntN(1000))
	}
	return word(r) + "=" + number(r) + "&" + word(r) + "=" + number(r)
}

// cleanValue is what any column of text may hold, and whether it is a path.
func cleanValue(r *rand.Rand) (value string, isPath bool) {
	if r.IntN(100) < 40 {
		return path(r), true
	}
	return cleanText(r), false
}

func cleanText(r *rand.Rand) string {
	switch n := 40 + r.IntN(60); {
	case n < 65:
		return title(r)
	case n < 75:
		return campaign(r)
	case n < 80:
		return version(r) + " " + word(r)
	case n < 90:
		return referrer(r)
	}
	return property(r)
}
