package language

// englishValues are the values of dimensions that have a name of ours: channels by Google's default grouping, and devices.
func englishValues() map[string]string {
	return map[string]string{
		"value.direct":                      "Direct / None",
		"channel.Direct":                    "Direct",
		"channel.Cross-network":             "Cross-network",
		"channel.Paid Shopping":             "Paid Shopping",
		"channel.Paid Search":               "Paid Search",
		"channel.Paid Social":               "Paid Social",
		"channel.Paid Video":                "Paid Video",
		"channel.Display":                   "Display",
		"channel.Paid Other":                "Paid Other",
		"channel.Organic Shopping":          "Organic Shopping",
		"channel.Organic Social":            "Organic Social",
		"channel.Organic Video":             "Organic Video",
		"channel.Organic Search":            "Organic Search",
		"channel.AI Assistant":              "AI Assistant",
		"channel.Referral":                  "Referral",
		"channel.Email":                     "Email",
		"channel.Affiliates":                "Affiliates",
		"channel.Audio":                     "Audio",
		"channel.SMS":                       "SMS",
		"channel.Mobile Push Notifications": "Mobile Push Notifications",
		"channel.Unassigned":                "Unassigned",
		"device.Desktop":                    "Desktop",
		"device.Mobile":                     "Mobile",
		"device.Tablet":                     "Tablet",
	}
}

// bokmalValues are the same in Norwegian Bokmål.
func bokmalValues() map[string]string {
	return map[string]string{
		"value.direct":                      "Direkte / ingen",
		"channel.Direct":                    "Direkte",
		"channel.Cross-network":             "På tvers av nettverk",
		"channel.Paid Shopping":             "Betalt handel",
		"channel.Paid Search":               "Betalt søk",
		"channel.Paid Social":               "Betalt i sosiale medier",
		"channel.Paid Video":                "Betalt video",
		"channel.Display":                   "Bannerannonser",
		"channel.Paid Other":                "Annet betalt",
		"channel.Organic Shopping":          "Organisk handel",
		"channel.Organic Social":            "Organisk i sosiale medier",
		"channel.Organic Video":             "Organisk video",
		"channel.Organic Search":            "Organisk søk",
		"channel.AI Assistant":              "KI-assistent",
		"channel.Referral":                  "Henvisning",
		"channel.Email":                     "E-post",
		"channel.Affiliates":                "Partnere",
		"channel.Audio":                     "Lyd",
		"channel.SMS":                       "SMS",
		"channel.Mobile Push Notifications": "Mobilvarsler",
		"channel.Unassigned":                "Ikke plassert",
		"device.Desktop":                    "Datamaskin",
		"device.Mobile":                     "Mobil",
		"device.Tablet":                     "Nettbrett",
	}
}
