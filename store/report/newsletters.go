package report

import (
	"context"
	"fmt"
	"time"

	"sporlos/site"
)

// Newsletter is what is known of one campaign in a period: how often, never who.
type Newsletter struct {
	Campaign string
	Opens    int // fetches of its picture by people, as far as can be told
	Clicks   int
	Machines int // fetches and clicks by programs
	Links    []NewsletterLink
	Days     []NewsletterDay // every day of the period, in order
}

// NewsletterLink is one link of a campaign.
type NewsletterLink struct {
	Name             string
	Clicks, Machines int
}

// NewsletterDay is one day of a campaign.
type NewsletterDay struct {
	Day           site.Day
	Opens, Clicks int
}

// Newsletters returns the campaigns of a site that something happened to in a period, by name, their links the most clicked first.
// Counts are as the site's preset shows them.
func (r *Reporter) Newsletters(ctx context.Context, s *site.Site, from, to site.Day) ([]Newsletter, error) {
	if err := (Query{Site: s, From: from, To: to, Metrics: []Metric{Visits}}).Check(); err != nil {
		return nil, err
	}
	found := &newsletters{site: s, from: from, to: to, index: map[string]int{}}
	first := max(from, r.oldest(s))
	if err := r.newsletterLinks(ctx, found, first); err != nil {
		return nil, fmt.Errorf("cannot count newsletters: %w", err)
	}
	if err := r.newsletterDays(ctx, found, first); err != nil {
		return nil, fmt.Errorf("cannot count newsletters by day: %w", err)
	}
	return found.list, nil
}

// newsletters is an answer in the making.
type newsletters struct {
	site     *site.Site
	from, to site.Day
	list     []Newsletter
	index    map[string]int // in list, by campaign
}

func (n *newsletters) of(campaign string) *Newsletter {
	i, known := n.index[campaign]
	if !known {
		i = len(n.list)
		n.index[campaign] = i
		n.list = append(n.list, Newsletter{Campaign: campaign, Days: make([]NewsletterDay, int(n.to)-int(n.from)+1)})
		for d := range n.list[i].Days {
			n.list[i].Days[d].Day = n.from + site.Day(d)
		}
	}
	return &n.list[i]
}

func (n *newsletters) shown(count uint64) int { return int(n.site.Preset().Shown(count)) }

const newsletterSums = `
    sumIf(letters, kind = 'open') AS opens,
    sumIf(letters, kind = 'click') AS clicks,
    sumIf(letters, kind = 'machine') AS machines
FROM newsletters
WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}`

// newsletterLinks fills in the sums; the row that is of no link is the picture's, and the row that is of all links the campaign's.
func (r *Reporter) newsletterLinks(ctx context.Context, n *newsletters, first site.Day) error {
	rows, err := r.conn.Query(r.bounded(ctx), `SELECT campaign, grouping(link) AS is_all, link,`+newsletterSums+`
GROUP BY GROUPING SETS ((campaign), (campaign, link)) ORDER BY campaign, is_all DESC, clicks DESC, link`, period(n.site, first, n.to)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			campaign, link          string
			isAll                   uint64
			opens, clicks, machines uint64
		)
		if err := rows.Scan(&campaign, &isAll, &link, &opens, &clicks, &machines); err != nil {
			return err
		}
		switch one := n.of(campaign); {
		case isAll == 1:
			one.Opens, one.Clicks, one.Machines = n.shown(opens), n.shown(clicks), n.shown(machines)
		case link != "":
			one.Links = append(one.Links, NewsletterLink{link, n.shown(clicks), n.shown(machines)})
		}
	}
	return rows.Err()
}

func (r *Reporter) newsletterDays(ctx context.Context, n *newsletters, first site.Day) error {
	rows, err := r.conn.Query(r.bounded(ctx), `SELECT campaign, day,`+newsletterSums+` GROUP BY campaign, day`, period(n.site, first, n.to)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			campaign                string
			date                    time.Time
			opens, clicks, machines uint64
		)
		if err := rows.Scan(&campaign, &date, &opens, &clicks, &machines); err != nil {
			return err
		}
		day := site.Day(date.Unix() / 86400)
		n.of(campaign).Days[day-n.from] = NewsletterDay{day, n.shown(opens), n.shown(clicks)}
	}
	return rows.Err()
}
