package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"sporlos/site"
)

const (
	days           = 365
	eventsPerVisit = 6.9 // what the generator makes of a visit, on average; see visitsQuery
)

// fill makes the events of all sites, month by month. A month that has events is left alone.
func (h *house) fill(ctx context.Context) error {
	for _, c := range h.sites {
		last := c.site.DayAt(h.now.Unix())
		for from := last - days + 1; from <= last; {
			to := min(last, monthEnd(from))
			if err := h.fillDays(ctx, c, from, to, int(float64(c.millions)*1e6/days/eventsPerVisit)); err != nil {
				return fmt.Errorf("cannot make the events from %s to %s: %w", from, to, err)
			}
			from = to + 1
		}
	}
	return nil
}

func monthEnd(d site.Day) site.Day {
	y, m, _ := d.Date().Date()
	return site.DayOfDate(y, m+1, 1) - 1
}

// fillDays makes the events of days within one month, so many visits a day.
func (h *house) fillDays(ctx context.Context, c *crowd, from, to site.Day, visits int) error {
	var have uint64
	params := clickhouse.Parameters{
		"site": fmt.Sprint(c.site.ID), "from": from.String(), "to": to.String(), "now": fmt.Sprint(h.now.Unix()),
		"visits": fmt.Sprint(visits), "days": fmt.Sprint(int(to-from) + 1),
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(params), clickhouse.WithSettings(clickhouse.Settings{
		"max_insert_threads": 1, "max_threads": 2, "min_insert_block_size_rows": 2_000_000, "max_memory_usage": 0,
	}))
	err := h.store.QueryRow(ctx, "SELECT sum(events) FROM arrivals WHERE site = {site:UInt32} AND day BETWEEN {from:Date} AND {to:Date}").Scan(&have)
	if err != nil || have > 0 {
		return err
	}
	began := time.Now()
	if err := h.store.Exec(ctx, eventsQuery); err != nil {
		return err
	}
	fmt.Printf("%s: %s to %s made in %v\n", c.site.Domain, from, to, time.Since(began).Round(time.Second))
	return nil
}

// The generator. u(x, n) is the n-th number in [0, 1) that belongs to x; everything follows from the site, the day and the visit's place.
//
//   - A day has the same number of visits; a visitor comes 1.26 times a day on average, as many do once.
//   - 36 % of visits see one page; the others 2 + a geometric number of them, 4.8 on average, 62 at most.
//   - Each pageview is followed, in 93 of 100 cases, by the script's engagement report, and in 7 of 100, where the visit sees several
//     pages, by a custom event: an outbound link with its address in half of the cases.
//   - Pages are Zipf(1) over 20,000; sources are direct (35 %), a search engine (27 %) or Zipf(1) over 400; 8 % carry a campaign.
//   - Country, region, city, browser, system and device belong to the visitor. Time of day is a triangle around 11:30.
const eventsQuery = `INSERT INTO events (site, day, time, visitor, visit, name, interactive, host, path, referrer, source, channel,
    utm_source, utm_medium, utm_campaign, country, region, city, browser, browser_version, os, os_version, device, engagement, scroll, prop_keys, prop_values)
WITH
    (x, n) -> bitShiftRight(cityHash64(x, n), 11) / 9007199254740992 AS u,
    (SELECT groupArray(concat('/', ['blog', 'docs', 'product', 'category', 'news'][1 + number % 5], '/', ['amber', 'bridge', 'cedar', 'delta', 'ember', 'fern', 'granite', 'harbour'][1 + cityHash64(number, 1) % 8],
        '-', ['garden', 'island', 'jungle', 'lagoon', 'meadow', 'nebula', 'orchid', 'pine'][1 + cityHash64(number, 2) % 8], '-', toString(number))) FROM numbers(20001)) AS paths,
    ['Signup', 'File Download', 'Form: Submission', 'Purchase', 'Search', 'Video', 'Share', 'Newsletter'] AS names
SELECT
    {site:UInt32}, day, at AS time, visitor, bitShiftLeft(toUInt64(start), 32) + h % 4294967296 AS visit,
    multiIf(kind = 0, 'pageview', kind = 1, 'engagement', e % 2 = 0, 'Outbound Link: Click', names[1 + toUInt32(8 * pow(u(e, 3), 2))]) AS name, kind != 1,
    host, paths[toUInt32(pow(20000, u(e, 1)))], if(i = 0, referrer, ''), if(i = 0, source, ''), if(i = 0, channel, 'Direct'),
    if(i = 0, utm_source, ''), if(i = 0, utm_medium, ''), if(i = 0, utm_campaign, ''),
    country, region, city, browser, browser_version, os, os_version, device,
    if(kind = 1, toUInt32(1000 * gap * (0.2 + 0.6 * u(e, 4))), 0), if(kind = 1, toUInt8(5 + 95 * pow(u(e, 5), 0.7)), 0),
    if(name = 'Outbound Link: Click', ['url'], []), if(name = 'Outbound Link: Click', [concat('https://', ['wiki', 'maps', 'shop', 'news'][1 + e % 4], toString(toUInt32(pow(500, u(e, 6)))), '.example/')], [])
FROM
(
    SELECT *, kind, cityHash64(h, i) AS e, start + i * gap + multiIf(kind = 0, 0, kind = 1, gap - 1, intDiv(gap, 2)) AS at
    FROM (SELECT *, i FROM (` + visitsQuery + `) ARRAY JOIN range(views) AS i)
    ARRAY JOIN arrayFilter(k -> k = 0 OR k = 1 AND cityHash64(h, i, 7) % 100 < 93 OR k = 2 AND views > 1 AND cityHash64(h, i, 8) % 100 < 7, [0, 1, 2]) AS kind
)
WHERE toUnixTimestamp(at) <= {now:UInt32}`

const visitsQuery = `
SELECT h, day, start, visitor, toUInt32(4 + 110 * pow(u(h, 12), 2)) AS least_gap, least(least_gap, toUInt32(intDiv(82700 - since, views + 1))) AS gap,
    if(u(h, 4) < 0.36, 1, 2 + least(60, toUInt32(-log(1 - u(h, 5)) * 3.3))) AS views,
    toLowCardinality(if(u(h, 10) < 0.9, 'www.example.com', 'blog.example.com')) AS host,
    multiIf(u(h, 6) < 0.35, 0, u(h, 6) < 0.62, 1, toUInt32(pow(400, u(h, 7)))) AS src,
    toLowCardinality(multiIf(u(h, 8) < 0.08, ['newsletter', 'google', 'facebook', 'partner'][1 + toUInt32(4 * pow(u(h, 9), 2))], '')) AS utm_source,
    toLowCardinality(multiIf(utm_source = '', '', utm_source = 'newsletter', 'email', utm_source = 'google', 'cpc', 'social')) AS utm_medium,
    toLowCardinality(if(utm_source = '', '', concat('campaign-', toString(toUInt32(60 * pow(u(h, 11), 2)))))) AS utm_campaign,
    toLowCardinality(multiIf(utm_source != '', utm_source, src = 0, '', src = 1, 'Google', concat('Site ', toString(src)))) AS source,
    toLowCardinality(multiIf(utm_medium = 'email', 'Email', utm_medium = 'cpc', 'Paid Search', utm_medium != '', 'Paid Social', src = 0, 'Direct', src = 1, 'Organic Search', src % 3 = 0, 'Organic Social', 'Referral')) AS channel,
    toLowCardinality(multiIf(src = 0, '', src = 1, 'google.com', concat('site-', toString(src), '.example'))) AS referrer,
    toLowCardinality(['US', 'DE', 'GB', 'FR', 'IN', 'BR', 'CA', 'NL', 'ES', 'IT', 'PL', 'JP', 'AU', 'SE', 'MX', 'CH', 'BE', 'AT', 'TR', 'ID', 'PT', 'CZ', 'DK', 'NO', 'FI', 'IE', 'UA', 'RO', 'GR', 'HU', 'KR', 'AR', 'ZA', 'IL', 'SG', 'MY', 'TH', 'VN', 'PH', 'IS'][1 + toUInt32(40 * pow(u(person, 1), 2.2))]) AS country,
    toLowCardinality(concat(country, '-', toString(toUInt32(16 * pow(u(person, 2), 1.5))))) AS region,
    toLowCardinality(concat(country, ' City ', toString(toUInt32(200 * pow(u(person, 3), 2))))) AS city,
    toLowCardinality(['Chrome', 'Safari', 'Edge', 'Firefox', 'Samsung Internet', 'Opera', 'Instagram', 'DuckDuckGo'][1 + toUInt32(8 * pow(u(person, 4), 3))]) AS browser,
    toLowCardinality(toString(100 + toUInt32(45 * pow(u(person, 5), 0.4)))) AS browser_version,
    toLowCardinality(['Windows', 'iOS', 'Android', 'Mac', 'Linux', 'Chrome OS'][1 + toUInt32(6 * pow(u(person, 6), 1.5))]) AS os,
    toLowCardinality(toString(8 + toUInt32(10 * pow(u(person, 7), 0.5)))) AS os_version,
    toLowCardinality(multiIf(os NOT IN ('iOS', 'Android'), 'Desktop', u(person, 8) < 0.9, 'Mobile', 'Tablet')) AS device
FROM
(
    WITH (x, n) -> bitShiftRight(cityHash64(x, n), 11) / 9007199254740992 AS u
    SELECT {from:Date} + intDiv(number, {visits:UInt64}) AS day, cityHash64(number % {visits:UInt64}, day, {site:UInt32}) AS h,
        cityHash64(toUInt64(u(h, 1) * 2.1 * {visits:UInt64}), day, {site:UInt32}, 'visitor') AS person, person AS visitor,
        toUInt32((u(h, 2) + u(h, 3)) / 2 * 82000) AS since, toDateTime(toString(day), 'Europe/Oslo') + since AS start
    FROM numbers({visits:UInt64} * {days:UInt64})
)`
