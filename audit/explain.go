package audit

import "sporlos/audit/pattern"

// Explanation says what findings of a kind are, what they mean, and what to do about them.
type Explanation struct{ Title, Meaning, Remedy string }

const (
	fromPages = "In a table or spool it was sent by a page (its path, a campaign's parameter, a property of an event) or typed into the site's search, and the scrubber did not know it."
	mayBe     = "Without a checksum in it, it may be something else that is written the same way."
	correct   = "Change the page so that it is not sent; delete the rows (ALTER TABLE … DELETE WHERE …) or the file, or wait for the retention; tell us the shape that was overlooked."
)

var explanations = map[string]Explanation{
	pattern.IPv4.String():      {"IPv4 addresses", "The collector stores none; " + fromPages + " A version number with four parts may look the same.", correct},
	pattern.IPv6.String():      {"IPv6 addresses", "The collector stores none; " + fromPages, correct},
	pattern.Email.String():     {"e-mail addresses", fromPages, correct},
	pattern.Norwegian.String(): {"Norwegian identity numbers", fromPages, correct},
	pattern.Swedish.String():   {"Swedish identity numbers", fromPages, correct},
	pattern.Danish.String():    {"Danish CPR numbers", fromPages + " " + mayBe, correct},
	pattern.Finnish.String():   {"Finnish identity codes", fromPages, correct},
	pattern.IBAN.String():      {"bank accounts (IBAN)", fromPages, correct},
	pattern.Card.String():      {"payment cards", fromPages, correct},
	pattern.Phone.String():     {"telephone numbers", fromPages + " " + mayBe, correct},
	pattern.Agent.String():     {"user agents in full", "The collector keeps names and versions only; " + fromPages, correct},

	"identity_column": {"columns made for identities", "A column could hold what may not be stored.", "Drop the column, unless it is not one of sporlos' tables: then it belongs into another database."},
	"no_retention":    {"tables without retention", "What is in them is kept for longer than promised.", "Set the TTL: ALTER TABLE … MODIFY TTL day + INTERVAL … MONTH DELETE; sporlos sets it where it makes a table."},
	"old_rows":        {"rows older than the retention", "They should have been gone seven days after it at the latest.", "OPTIMIZE TABLE … FINAL applies the TTL at once; see whether the server's merges are stopped. Files of a spool go when the aggregator has shipped them."},
	"linked_visitors": {"visitors on more than one day or site", "The same number stands for a visitor on two days or two sites: the salt was not replaced, and the days can be joined.", "Keep this installation from collecting and report it: this must not happen."},
	"linked_visits":   {"visits on more than one day", "A visit went on past midnight and joins two days.", "Report it: this must not happen."},
	"secret":          {"secrets that are not hashed", "A copy of the settings would open the dashboards or the API.", "Remove the user, token or session it belongs to and make a new one."},
	"mode":            {"files open to others", "Other users of this machine can read or enter it; the mode is beside it.", "chmod 700 directories and 600 files, and see what changed them."},
	"salt":            {"salts on a disk", "With a salt and a day's rows, an address that is guessed can be recognised.", "Delete the file. Salts belong into memory only (--volatile)."},
	"salt_outlived":   {"salts that outlived their day", "Until it is gone, a guessed address can be recognised in that day's rows.", "Start sporlos, which drops it, or delete the file."},
	"not_volatile":    {"salts are kept on a disk", "A disk can keep what was overwritten, or a backup a copy.", "Name a directory on a tmpfs with --volatile, and drop --salts-on-disk."},
	"old_quarantine":  {"quarantined files older than the retention", "What was put aside as damaged is removed by nobody.", "Look at them if you must, then delete them."},
}

// Explain returns what findings of a kind mean.
func Explain(kind string) Explanation {
	if e, ok := explanations[kind]; ok {
		return e
	}
	return Explanation{Title: kind}
}
