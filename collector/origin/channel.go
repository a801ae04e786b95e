package origin

import "bytes"

// Channels, in the order in which they are tried.
const (
	Direct          = "Direct"
	CrossNetwork    = "Cross-network"
	PaidShopping    = "Paid Shopping"
	PaidSearch      = "Paid Search"
	PaidSocial      = "Paid Social"
	PaidVideo       = "Paid Video"
	Display         = "Display"
	PaidOther       = "Paid Other"
	OrganicShopping = "Organic Shopping"
	OrganicSocial   = "Organic Social"
	OrganicVideo    = "Organic Video"
	OrganicSearch   = "Organic Search"
	AIAssistant     = "AI Assistant"
	Referral        = "Referral"
	Email           = "Email"
	Affiliates      = "Affiliates"
	Audio           = "Audio"
	SMS             = "SMS"
	MobilePush      = "Mobile Push Notifications"
	Unassigned      = "Unassigned"
)

// Channels lists every value of Origin.Channel.
func Channels() []string {
	return []string{
		Direct, CrossNetwork, PaidShopping, PaidSearch, PaidSocial, PaidVideo, Display, PaidOther, OrganicShopping, OrganicSocial,
		OrganicVideo, OrganicSearch, AIAssistant, Referral, Email, Affiliates, Audio, SMS, MobilePush, Unassigned,
	}
}

// facts are what the channel is decided from.
type facts struct {
	source   []byte // utm_source, as given
	medium   []byte // utm_medium, or what stands for it
	campaign []byte // utm_campaign
	kind     kind   // of the source
	referred bool   // another site referred the visitor
	tagged   bool   // there is a utm_source
}

// click is an advertising click identifier: who appends it, and the medium it
// stands for. Only those are listed that are appended to paid links alone.
type click struct {
	source string
	kind   kind
	medium []byte
}

var paidClicks = map[string]click{
	"gclid": {"Google", search, []byte("cpc")}, "gbraid": {"Google", search, []byte("cpc")}, "wbraid": {"Google", search, []byte("cpc")},
	"dclid": {"Google", other, []byte("display")}, "msclkid": {"Bing", search, []byte("cpc")}, "yclid": {"Yandex", search, []byte("cpc")},
	"ttclid": {"TikTok", social, []byte("cpc")}, "twclid": {"X", social, []byte("cpc")}, "li_fat_id": {"LinkedIn", social, []byte("cpc")},
	"rdt_cid": {"Reddit", social, []byte("cpc")}, "epik": {"Pinterest", social, []byte("cpc")}, "sccid": {"Snapchat", social, []byte("cpc")},
}

// channelOf walks down the default channel group. Comparisons ignore case.
func channelOf(f facts) string {
	if len(f.medium) == 0 && !f.tagged && !f.referred && len(f.campaign) == 0 {
		return Direct
	}
	var mediumBuf, sourceBuf, campaignBuf [maxSource]byte
	medium := appendLower(mediumBuf[:0], f.medium[:min(len(f.medium), maxSource)])
	name := appendLower(sourceBuf[:0], f.source[:min(len(f.source), maxSource)])
	campaign := appendLower(campaignBuf[:0], f.campaign[:min(len(f.campaign), maxSource)])

	if bytes.Contains(campaign, []byte("cross-network")) {
		return CrossNetwork
	}
	shop := f.kind == shopping || namesShop(campaign)
	if c := paidChannel(medium, f.kind, shop); c != "" {
		return c
	}
	if c := organicChannel(medium, f.kind, shop); c != "" {
		return c
	}
	if c := otherChannel(medium, name, f.kind); c != "" {
		return c
	}
	if len(medium) == 0 && f.referred {
		return Referral
	}
	return Unassigned
}

func paidChannel(medium []byte, k kind, shop bool) string {
	paid := isPaid(medium)
	switch {
	case paid && shop:
		return PaidShopping
	case paid && k == search:
		return PaidSearch
	case paid && k == social:
		return PaidSocial
	case paid && k == video:
		return PaidVideo
	}
	switch string(medium) {
	case "display", "banner", "expandable", "interstitial", "cpm":
		return Display
	}
	if paid {
		return PaidOther
	}
	return ""
}

func organicChannel(medium []byte, k kind, shop bool) string {
	if shop {
		return OrganicShopping
	}
	switch string(medium) {
	case "social", "social-network", "social-media", "sm", "social network", "social media":
		return OrganicSocial
	}
	switch {
	case k == social:
		return OrganicSocial
	case k == video || bytes.Contains(medium, []byte("video")):
		return OrganicVideo
	case k == search || string(medium) == "organic":
		return OrganicSearch
	case k == assistant:
		return AIAssistant
	}
	return ""
}

func otherChannel(medium, name []byte, k kind) string {
	switch string(medium) {
	case "referral", "app", "link":
		return Referral
	}
	if k == email || isEmail(medium) || isEmail(name) {
		return Email
	}
	switch string(medium) {
	case "affiliate", "affiliates":
		return Affiliates
	case "audio":
		return Audio
	case "sms":
		return SMS
	}
	switch {
	case string(name) == "sms":
		return SMS
	case bytes.HasSuffix(medium, []byte("push")), bytes.Contains(medium, []byte("mobile")), bytes.Contains(medium, []byte("notification")), string(name) == "firebase":
		return MobilePush
	}
	return ""
}

// isPaid is ^(.*cp.*|ppc|retargeting|paid.*)$.
func isPaid(medium []byte) bool {
	return bytes.Contains(medium, []byte("cp")) || string(medium) == "ppc" || string(medium) == "retargeting" || bytes.HasPrefix(medium, []byte("paid"))
}

// namesShop is ^(.*(([^a-df-z]|^)shop|shopping).*)$.
func namesShop(campaign []byte) bool {
	if bytes.Contains(campaign, []byte("shopping")) {
		return true
	}
	for rest, from := campaign, 0; ; {
		i := bytes.Index(rest, []byte("shop"))
		if i < 0 {
			return false
		}
		at := from + i
		if at == 0 || !isLetter(campaign[at-1]) || campaign[at-1] == 'e' {
			return true
		}
		from = at + 1
		rest = campaign[from:]
	}
}

// isEmail is ^(e[-_ ]?mail)$, and newsletters.
func isEmail(s []byte) bool {
	switch string(s) {
	case "email", "e-mail", "e_mail", "e mail", "newsletter", "nyhetsbrev":
		return true
	}
	return false
}
