// Package language is what the dashboards say: every sentence, label, number, duration, date and country's name of a page, in one
// language per value of [Language].
//
// Sentences have keys ("panel.sources") and are looked up with [Language.Say]; each topic has a table of them for each language, and a
// test holds that the languages have the same keys with the same verbs. A key that is missing is shown as it is and fails the test that
// reads the templates. [Preferred] chooses the language of a reader.
package language

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"sporlos/site"
)

// Language is one language. It does not change and is safe for concurrent use.
type Language struct {
	Tag     string // BCP 47, for <html lang>
	Name    string // in the language itself
	words   map[string]string
	months  [12]string
	days    [7]string // from Sunday
	regions display.Namer
	forms   forms
}

// forms is how a language writes numbers and dates.
type forms struct {
	decimal string // between whole and fraction
	percent string // after the number
	hour    string // unit of a duration
	day     string // after the number of a day: "." in "23. nov."
	stop    string // after a month or weekday that is cut short
}

// English returns the English of the dashboards: British spelling, dates as 23 Nov 2026, thousands set apart by a thin space.
func English() *Language {
	return &Language{
		Tag:  "en",
		Name: "English",
		words: union(
			english(), englishAccounts(), englishAsking(), englishAudit(), englishBehaviour(), englishConversions(), englishDrill(), englishKeys(),
			englishNewsletters(), englishPlaces(), englishPost(), englishPresets(), englishReasons(), englishSettings(), englishShares(),
			englishSharing(), englishSites(), englishUsers(), englishValues(),
		),
		months:  [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		days:    [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		regions: display.English.Regions(),
		forms:   forms{decimal: ".", percent: "%", hour: "h"},
	}
}

// Bokmal returns the Norwegian Bokmål of the dashboards: dates as 23. nov. 2026, a comma before decimals.
func Bokmal() *Language {
	return &Language{
		Tag:  "nb",
		Name: "Norsk bokmål",
		words: union(
			bokmal(), bokmalAccounts(), bokmalAsking(), bokmalAudit(), bokmalBehaviour(), bokmalConversions(), bokmalDrill(), bokmalKeys(),
			bokmalNewsletters(), bokmalPlaces(), bokmalPost(), bokmalPresets(), bokmalReasons(), bokmalSettings(), bokmalShares(),
			bokmalSharing(), bokmalSites(), bokmalUsers(), bokmalValues(),
		),
		months:  [12]string{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
		days:    [7]string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
		regions: display.Regions(language.Norwegian),
		forms:   forms{decimal: ",", percent: thin + "%", hour: "t", day: ".", stop: "."},
	}
}

// All returns the languages there are; the first is spoken to those who understand none of them.
func All() []*Language { return []*Language{English(), Bokmal()} }

// Tags are the BCP 47 tags of All, in its order.
func Tags() []string { return []string{"en", "nb"} }

// Preferred returns the tag, of Tags, for a reader who has chosen a language (a tag, or "" for none) and whose browser sends that header
// Accept-Language. Those who read Nynorsk, Danish or Swedish are spoken to in Bokmål where that is nearest.
func Preferred(chosen, accept string) string {
	tags := Tags()
	if slices.Contains(tags, chosen) {
		return chosen
	}
	_, i := language.MatchStrings(matcher, accept)
	return tags[i]
}

// sundayFirst are the regions where a week begins on Sunday (CLDR 46, supplemental/weekData).
const sundayFirst = "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW"

// SundayFirst says whether weeks begin on Sunday for a reader of a language whose browser sends that header Accept-Language: by the region it
// names first. Norwegian weeks, and those of whoever names no region, begin on Monday.
func SundayFirst(tag, accept string) bool {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 || tag != "en" {
		return false
	}
	region, sure := wanted[0].Region()
	return sure == language.Exact && slices.Contains(strings.Fields(sundayFirst), region.String())
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.MustParse("nb")})

// union puts tables of sentences together. They have no key in common.
func union(tables ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// Say returns the sentence of a key, with args in the place of its verbs.
func (l *Language) Say(key string, args ...any) string {
	text, ok := l.words[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Knows tells whether there is a sentence with that key.
func (l *Language) Knows(key string) bool {
	_, ok := l.words[key]
	return ok
}

// Or returns the sentence of a key, or text when there is none.
func (l *Language) Or(key, text string) string {
	if l.Knows(key) {
		return l.Say(key)
	}
	return text
}

// Many returns the sentence of key+".one" when n is 1 and of key+".many" otherwise, with the number in the place of its first verb.
func (l *Language) Many(key string, n int) string {
	if n == 1 {
		return l.Say(key+".one", l.Integer(1))
	}
	return l.Say(key+".many", l.Integer(n))
}

const thin = "\u202f" // narrow no-break space

// Integer writes a whole number with its thousands set apart: 1 234 567.
func (l *Language) Integer(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + thin + digits[i:]
	}
	return sign + digits
}

// Compact writes a number in at most five characters and a unit: 9 876, 12.3k, 4.56M.
func (l *Language) Compact(v float64) string {
	switch a := math.Abs(v); {
	case a < 10_000:
		return l.Integer(int(math.Round(v)))
	case a < 999_500:
		return l.short(v/1e3) + "k"
	case a < 999_500_000:
		return l.short(v/1e6) + "M"
	default:
		return l.short(v/1e9) + "B"
	}
}

// short writes three significant digits without zeros at the end.
func (l *Language) short(v float64) string {
	decimals := 2
	if a := math.Abs(v); a >= 99.95 {
		decimals = 0
	} else if a >= 9.995 {
		decimals = 1
	}
	return l.Trimmed(v, decimals)
}

// Trimmed writes a number with at most that many decimals and no zeros at the end.
func (l *Language) Trimmed(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return l.point(text)
}

// point puts the language's decimal sign in the place of the point.
func (l *Language) point(number string) string {
	return strings.Replace(number, ".", l.forms.decimal, 1)
}

// Decimal writes a number with that many decimals.
func (l *Language) Decimal(v float64, decimals int) string {
	return l.point(strconv.FormatFloat(v, 'f', decimals, 64))
}

// Duration writes seconds: 45s, 2m 14s, 1h 03m.
func (l *Language) Duration(seconds float64) string {
	switch s := int(math.Round(seconds)); {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	default:
		return fmt.Sprintf("%d%s %02dm", s/3600, l.forms.hour, s%3600/60)
	}
}

// Percent writes a whole percentage: 37%.
func (l *Language) Percent(v float64) string {
	return strconv.Itoa(int(math.Round(v))) + l.forms.percent
}

// Share writes a percentage with one decimal while it is small: 0.4%, 7.0%, 37%.
func (l *Language) Share(v float64) string {
	if v > 0 && v < 9.95 {
		return l.Decimal(v, 1) + l.forms.percent
	}
	return l.Percent(v)
}

// Metric writes the value of a metric as a figure.
func (l *Language) Metric(metric string, v float64) string {
	switch metric {
	case "bounce_rate", "scroll_depth":
		return l.Percent(v)
	case "percentage", "conversion_rate", "group_conversion_rate":
		return l.Share(v)
	case "total_revenue", "average_revenue":
		return l.Decimal(v, 2)
	case "visit_duration", "time_on_page":
		return l.Duration(v)
	case "views_per_visit":
		return l.Decimal(v, 2)
	default:
		return l.Compact(v)
	}
}

// Exact writes the value of a metric with all its digits.
func (l *Language) Exact(metric string, v float64) string {
	switch metric {
	case "bounce_rate", "percentage", "conversion_rate", "group_conversion_rate", "total_revenue", "average_revenue", "scroll_depth", "visit_duration", "time_on_page", "views_per_visit":
		return l.Metric(metric, v)
	default:
		return l.Integer(int(math.Round(v)))
	}
}

// Day writes a day: Mon 23 Nov 2026.
func (l *Language) Day(d site.Day) string {
	return l.weekday(d) + " " + l.date(d, true)
}

// Range writes the days from…to as short as they can be told apart: October 2026, Mon 23 Nov 2026, 1–23 Nov 2026, 12 Oct – 3 Nov 2026.
func (l *Language) Range(from, to site.Day) string {
	if from == to {
		return l.Day(from)
	}
	a, b := from.Date(), to.Date()
	if a.Day() == 1 && to+1 == site.DayOfDate(a.Year(), a.Month()+1, 1) {
		return fmt.Sprintf("%s %d", l.months[a.Month()-1], a.Year())
	}
	switch {
	case a.Year() != b.Year():
		return l.date(from, true) + " – " + l.date(to, true)
	case a.Month() != b.Month():
		return l.date(from, false) + " – " + l.date(to, true)
	default:
		return fmt.Sprintf("%d%s–%s", a.Day(), l.forms.day, l.date(to, true))
	}
}

func (l *Language) date(d site.Day, year bool) string {
	t := d.Date()
	text := fmt.Sprintf("%d%s %s", t.Day(), l.forms.day, l.cut(l.months[t.Month()-1]))
	if year {
		text += fmt.Sprintf(" %d", t.Year())
	}
	return text
}

func (l *Language) weekday(d site.Day) string { return l.cut(l.days[d.Date().Weekday()]) }

// cut shortens a month or a weekday to three letters; what is not much longer stays whole.
func (l *Language) cut(word string) string {
	letters := []rune(word)
	if len(letters) <= 4 && l.forms.stop != "" {
		return word
	}
	return string(letters[:3]) + l.forms.stop
}

// Bucket writes the label of a chart's bucket; value is as the report gives it: a date, or a date with a time for hours.
// The short form stands on an axis, the long one in tables and tips.
func (l *Language) Bucket(step, value string) (axis, full string) {
	t, err := time.Parse(time.DateTime, value)
	if err != nil {
		t, err = time.Parse(time.DateOnly, value)
	}
	if err != nil {
		return value, value
	}
	d := site.DayOfDate(t.Date())
	switch step {
	case "hour":
		return t.Format("15:04"), l.weekday(d) + " " + l.date(d, false) + ", " + t.Format("15:04")
	case "week":
		return l.date(d, false), l.Say("chart.week", l.date(d, true))
	case "month":
		return l.cut(l.months[t.Month()-1]), fmt.Sprintf("%s %d", l.months[t.Month()-1], t.Year())
	default:
		return l.date(d, false), l.Day(d)
	}
}

// Country returns the name of an ISO 3166-1 alpha-2 code, or the code itself.
func (l *Language) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil || len(code) != 2 || !region.IsCountry() {
		return code
	}
	if name := l.regions.Name(region); name != "" {
		return name
	}
	return code
}

// Collator puts texts into the order of the language: å after z in Bokmål. It is not safe for concurrent use.
func (l *Language) Collator() *collate.Collator {
	return collate.New(language.MustParse(l.Tag), collate.IgnoreCase)
}

// Countries returns the names of the countries there are, by their codes.
func (l *Language) Countries() map[string]string {
	names := map[string]string{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if region, err := language.ParseRegion(code); err != nil || region.Canonicalize() != region {
				continue // a code of the past, under a name of today
			}
			if name := l.Country(code); name != code {
				names[code] = name
			}
		}
	}
	return names
}

// CountryCode returns the ISO 3166-1 alpha-2 code of a country's name, or text itself when it is not one.
func (l *Language) CountryCode(text string) string {
	wanted := strings.ToLower(strings.TrimSpace(text))
	for code, name := range l.Countries() {
		if strings.ToLower(name) == wanted || strings.ToLower(code) == wanted {
			return code
		}
	}
	return text
}
