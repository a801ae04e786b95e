package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"sporlos/audit/pattern"
)

// plant is a value with personal data of one kind in it, and the name of the notation.
func plant(r *rand.Rand, k pattern.Kind) (value, notation string) {
	text, notation := planted(r, k)
	return surround(r, text), notation
}

// surround puts a text where such texts turn up.
func surround(r *rand.Rand, text string) string {
	switch r.IntN(14) {
	case 0:
		return "/" + word(r) + "/" + text
	case 1:
		return "/" + word(r) + "/" + text + "/" + word(r)
	case 2:
		return word(r) + " " + text + " " + word(r)
	case 3:
		return word(r) + "=" + text + "&" + word(r) + "=" + number(r)
	case 4:
		return word(r) + "=" + url.QueryEscape(text)
	case 5:
		return "/" + word(r) + "/" + url.PathEscape(text)
	case 6:
		return `{"` + word(r) + `":"` + text + `"}`
	case 7:
		return word(r) + ": " + text + ", " + word(r)
	case 8:
		return word(r) + " (" + text + ")"
	case 9:
		return word(r) + "\x00" + text
	case 10:
		return text + ";" + word(r)
	case 11:
		return url.QueryEscape(url.QueryEscape(text))
	}
	return text
}

func planted(r *rand.Rand, k pattern.Kind) (text, notation string) {
	switch k {
	case pattern.IPv4:
		return plantIPv4(r)
	case pattern.IPv6:
		return plantIPv6(r)
	case pattern.Email:
		return plantEmail(r)
	case pattern.Norwegian:
		return plantNorwegian(r)
	case pattern.Swedish:
		return plantSwedish(r)
	case pattern.Danish:
		return plantDanish(r)
	case pattern.Finnish:
		return plantFinnish(r)
	case pattern.IBAN:
		return plantIBAN(r)
	case pattern.Card:
		return plantCard(r)
	case pattern.Phone:
		return plantPhone(r)
	}
	return plantAgent(r)
}

// one picks a notation.
func one(r *rand.Rand, pairs ...string) (text, notation string) {
	i := r.IntN(len(pairs)/2) * 2
	return pairs[i], pairs[i+1]
}

func plantIPv4(r *rand.Rand) (string, string) {
	o := [4]int{1 + r.IntN(223), r.IntN(256), r.IntN(256), r.IntN(256)}
	if o[0] == 127 {
		o[0] = 84
	}
	plain := fmt.Sprintf("%d.%d.%d.%d", o[0], o[1], o[2], o[3])
	v := uint32(o[0])<<24 | uint32(o[1])<<16 | uint32(o[2])<<8 | uint32(o[3])
	return one(r, plain, "dotted", plain, "dotted", plain, "dotted", plain+":8080", "port", strings.ReplaceAll(plain, ".", "-")+".customer.example.no", "reverse", "ip="+plain, "ip=",
		plain+"/32", "prefix", fmt.Sprintf("http://%d/x", v), "decimal host", fmt.Sprintf("ip: 0x%08X", v), "hexadecimal")
}

func plantIPv6(r *rand.Rand) (string, string) {
	g := make([]string, 8)
	long := make([]string, 8)
	for i := range g {
		v := r.IntN(0x10000)
		if i == 0 {
			v = 0x2000 + r.IntN(0x1000) // global unicast
		}
		g[i], long[i] = fmt.Sprintf("%x", v), fmt.Sprintf("%04X", v)
	}
	full := strings.Join(g, ":")
	return one(r, full, "full", strings.Join(long, ":"), "upper", strings.Join(g[:4], ":")+"::"+g[4], "compressed", g[0]+":"+g[1]+"::"+g[2], "short",
		"["+full+"]:443", "brackets", fmt.Sprintf("::ffff:84.%d.%d.7", r.IntN(256), r.IntN(256)), "mapped", "fe80::"+g[1]+":"+g[2]+"%eth0", "zone")
}

func plantEmail(r *rand.Rand) (string, string) {
	local := word(r) + [...]string{"", ".", "_", "-", "+"}[r.IntN(5)] + word(r) + fmt.Sprint(r.IntN(100))
	host := [...]string{"example.no", "mail.example.org", "online.no", "gmail.com", "firma-as.no", "eksempel.museum", "xn--bl-wia.no", "blå.no"}[r.IntN(8)]
	return one(r, local+"@"+host, "plain", "mailto:"+local+"@"+host, "mailto", "<"+local+"@"+host+">", "angle", local+"%40"+host, "%40", local+"%2540"+host, "%2540", local+"(at)"+host, "(at)", strings.ToUpper(local+"@"+host), "upper")
}

// born is a date of birth as DDMMYY, and its century.
func born(r *rand.Rand) (day, month, year int) {
	return 1 + r.IntN(28), 1 + r.IntN(12), 1925 + r.IntN(100)
}

func plantNorwegian(r *rand.Rand) (string, string) {
	day, month, year := born(r)
	kind := r.IntN(4)
	day += [...]int{0, 40, 0, 0}[kind]
	month += [...]int{0, 0, 40, 80}[kind]
	head := fmt.Sprintf("%02d%02d%02d", day, month, year%100)
	rule := r.IntN(2)
	for {
		tail := fmt.Sprintf("%05d", r.IntN(100_000))
		if rest := weigh(head+tail[:4], 3, 7, 6, 1, 8, 9, 4, 5, 2, 1); weigh(head+tail, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) == 0 && (rest == 0 && rule == 0 || rest <= 3 && rule == 1) {
			return one(r, head+tail, "11", head+" "+tail, "6 5", head+"-"+tail, "6-5", head[:2]+"."+head[2:4]+"."+head[4:]+" "+tail, "dd.mm.yy 5", head+" "+tail[:3]+" "+tail[3:], "6 3 2", "fnr "+head+tail, "word")
		}
	}
}

func weigh(digits string, weights ...int) (rest int) {
	for i, w := range weights {
		rest += int(digits[i]-'0') * w
	}
	return rest % 11
}

// luhnDigit is what completes a number (ISO/IEC 7812-1).
func luhnDigit(digits string) string {
	sum := 0
	for i := range digits {
		v := int(digits[len(digits)-1-i]-'0') * (2 - i%2)
		sum += v/10 + v%10
	}
	return fmt.Sprint((10 - sum%10) % 10)
}

func plantSwedish(r *rand.Rand) (string, string) {
	day, month, year := born(r)
	if r.IntN(4) == 0 {
		day += 60
	}
	date := fmt.Sprintf("%02d%02d%02d", year%100, month, day)
	tail := fmt.Sprintf("%03d", r.IntN(1000))
	tail += luhnDigit(date + tail)
	century := fmt.Sprint(year / 100)
	return one(r, date+"-"+tail, "6-4", century+date+"-"+tail, "8-4", century+date+tail, "12", date+tail, "10", date+"+"+tail, "6+4", date+" "+tail, "6 4", "personnummer "+date+tail, "word")
}

func plantDanish(r *rand.Rand) (string, string) {
	day, month, year := born(r)
	date, tail := fmt.Sprintf("%02d%02d%02d", day, month, year%100), fmt.Sprintf("%04d", r.IntN(10_000))
	return one(r, date+"-"+tail, "6-4", "cpr "+date+tail, "word 10", "CPR-nr. "+date+" "+tail, "word 6 4", "cpr: "+date+"-"+tail, "word 6-4", date+tail, "bare 10 without word")
}

func plantFinnish(r *rand.Rand) (string, string) {
	day, month, year := born(r)
	date, n := fmt.Sprintf("%02d%02d%02d", day, month, year%100), 2+r.IntN(898)
	signs := map[int]string{19: "-UVWXY", 20: "ABCDEF"}[year/100]
	var all int
	fmt.Sscan(fmt.Sprintf("%s%03d", strings.TrimLeft(date, "0"), n), &all)
	code := fmt.Sprintf("%s%c%03d%c", date, signs[r.IntN(len(signs))], n, "0123456789ABCDEFHJKLMNPRSTUVWXY"[all%31])
	return one(r, code, "plain", strings.ToLower(code), "lower", "hetu "+code, "word")
}

func plantIBAN(r *rand.Rand) (string, string) {
	country, size := "NO", 11
	switch r.IntN(6) {
	case 1:
		country, size = "SE", 20
	case 2:
		country, size = "DK", 14
	case 3:
		country, size = "FI", 14
	case 4:
		country, size = "DE", 18
	case 5:
		country, size = "GB", 14
	}
	var account strings.Builder
	if country == "GB" {
		account.WriteString("WEST")
	}
	for range size {
		account.WriteByte(byte('0' + r.IntN(10)))
	}
	rest := 0
	for _, c := range account.String() + country + "00" {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	whole := fmt.Sprintf("%s%02d%s", country, 98-rest, account.String())
	return one(r, whole, "plain", grouped(whole, " "), "groups", grouped(whole, "-"), "hyphens", strings.ToLower(whole), "lower")
}

// grouped parts a text into groups of four.
func grouped(text, sep string) string {
	var parts []string
	for len(text) > 4 {
		parts, text = append(parts, text[:4]), text[4:]
	}
	return strings.Join(append(parts, text), sep)
}

func plantCard(r *rand.Rand) (string, string) {
	prefix, size := [...]string{"4", "51", "55", "2221", "37", "6011", "36", "3530", "62", "5018", "4"}[r.IntN(11)], 16
	switch prefix {
	case "37":
		size = 15
	case "36":
		size = 14
	}
	d := prefix
	for len(d) < size-1 {
		d += fmt.Sprint(r.IntN(10))
	}
	d += luhnDigit(d)
	spaced, hyphened := grouped(d, " "), grouped(d, "-")
	if size == 15 {
		spaced, hyphened = d[:4]+" "+d[4:10]+" "+d[10:], d[:4]+"-"+d[4:10]+"-"+d[10:]
	} else if size == 14 {
		spaced, hyphened = d[:4]+" "+d[4:10]+" "+d[10:], d[:4]+"-"+d[4:10]+"-"+d[10:]
	}
	return one(r, d, "plain", spaced, "groups", hyphened, "hyphens")
}

func plantPhone(r *rand.Rand) (string, string) {
	n := fmt.Sprintf("%d%07d", [...]int{4, 9}[r.IntN(2)], r.IntN(10_000_000))
	s := fmt.Sprintf("%07d", r.IntN(10_000_000))
	return one(r, "+47"+n, "+47", "+47 "+n[:3]+" "+n[3:5]+" "+n[5:], "+47 groups", "0047"+n, "0047", "tlf "+n, "word", "Tel: "+n[:2]+" "+n[2:4]+" "+n[4:6]+" "+n[6:], "word groups", "+46 70-"+s[:3]+" "+s[3:5]+" "+s[5:], "+46",
		"+358 40 "+s[:3]+" "+s[3:], "+358", "+45 "+n[:2]+" "+n[2:4]+" "+n[4:6]+" "+n[6:], "+45", "070-"+s[:3]+" "+s[3:5]+" "+s[5:], "national Swedish", n[:3]+" "+n[3:5]+" "+n[5:], "national Norwegian", n, "bare 8 digits")
}

func plantAgent(r *rand.Rand) (string, string) {
	n := 60 + r.IntN(90)
	return one(r,
		fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", n), "Chrome",
		fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", n, n), "Firefox",
		fmt.Sprintf("Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15", n%7), "iPhone",
		fmt.Sprintf("Dalvik/2.1.0 (Linux; U; Android %d; SM-G9%d)", n%15, n), "Dalvik", fmt.Sprintf("Opera/9.80 (Windows NT 6.1) Version/%d.0", n%20), "Opera")
}
