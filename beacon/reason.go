package beacon

// Reason is why a beacon was not counted. The set is closed: its names are label values of metrics, values of the header
// x-sporlos-dropped, and what an owner sees beside the count.
type Reason uint8

// The reasons. Accepted is the zero value.
const (
	Accepted    Reason = iota
	Malformed          // not the JSON of a beacon
	Incomplete         // the connection broke off or was too slow before the body was there
	TooLarge           // body over MaxBody
	BadURL             // u is not an address of a web page
	BadDomain          // d is not a domain
	UnknownSite        // no such site here
	OptedOut           // the visitor's browser said no: Sec-GPC or DNT
	HeadersOnly        // the site takes nothing that a script sends
	Robot              // a program, not a person
	RateLimited        // too many from one network
	NoVisit            // engagement of a visit that is not, or no longer, known
	SpoolFull          // the disk space set aside is used up
	SpoolFailed        // the disk refused
	Failed             // a fault of ours

	ExcludedPath    // a page the owner leaves out
	ExcludedAddress // an address the owner leaves out
	HostNotAllowed  // a page of a host that is not among the owner's
	reasons
)

var names = [reasons]string{
	"", "malformed", "incomplete", "too_large", "bad_url", "bad_domain", "unknown_site", "opted_out", "headers_only", "robot",
	"rate_limited", "no_visit", "spool_full", "spool_failed", "failed",
	"excluded_path", "excluded_address", "host_not_allowed",
}

// statuses answers quietly where an error would tell a stranger something or make a client try again.
var statuses = [reasons]int{202, 400, 400, 413, 400, 400, 202, 202, 202, 202, 429, 202, 503, 503, 500, 202, 202, 202}

// String returns the reason's name, "" for Accepted.
func (r Reason) String() string { return names[r] }

// Status returns the HTTP status a beacon with that fate is answered with.
func (r Reason) Status() int { return statuses[r] }

// Reasons lists every reason but Accepted.
func Reasons() []Reason {
	all := make([]Reason, 0, reasons-1)
	for r := Malformed; r < reasons; r++ {
		all = append(all, r)
	}
	return all
}
