package view

import (
	"strings"
	"testing"
)

func TestConditionsAreReadAndWritten(t *testing.T) {
	for _, text := range []string{
		"is:page:/a", "is:page:/a,b(c)", "or(is:country:NO,and(starts:page:/blog,not(is:device:Mobile)))", "done(is:event:Signup)",
		`and(is:page:/a\,b\(c\),is:source:x\|y\\|z)`, "or(is:goal:g1|g2,startsnot:page:/a,matchesnot:page:^/b)", "and(is:prop:plan:large)",
	} {
		c, err := ParseCondition(text)
		if err != nil || c.String() != text {
			t.Errorf("%s became %s, %v", text, c, err)
		}
	}
	c, err := ParseCondition(`and(is:page:/a\,b\(c\),is:source:x\|y\\|z)`)
	if err != nil || c.Of[0].Filter.Values[0] != "/a,b(c)" || strings.Join(c.Of[1].Filter.Values, " ") != `x|y\ z` {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = ParseCondition("or(not(is:goal:a),not:goal:b|c,is:page:/)"); err != nil || strings.Join(c.Goals(), " ") != "a b c" {
		t.Errorf("goals %v, %v", c.Goals(), err)
	}
}

func TestConditionsThatAreNone(t *testing.T) {
	for text, says := range map[string]string{
		"or()": "not a filter", "or(is:page:/a": "closing parenthesis", "or(is:page:/a)x": "after the end", "not(is:page:/a,is:page:/b)": "takes one",
		strings.Repeat("not(", 10) + "is:page:/a" + strings.Repeat(")", 10): "deeper than 8", "contains:goal:x": "reached or it is not",
		"or(" + strings.Repeat("is:page:/a,", 50) + "is:page:/b)": "at most 50", "or(is:mood:x)": "cannot be filtered",
	} {
		if _, err := ParseCondition(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

func TestSegmentsAreTheFiltersOfAView(t *testing.T) {
	v := parse(t, "f=is:source:Google&f=or(is:country:NO,contains:page:a%26b%5C,c)&period=7d&t.pages=exit&seg=s1")
	query := v.SegmentQuery()
	list, err := Segment(query + "&period=7d")
	if err != nil || len(list) != 2 || list[0].Filter.Values[0] != "Google" || list[1].String() != v.Where[0].String() {
		t.Errorf("%q became %v, %v", query, list, err)
	}
	if _, err := Segment("f=is:mood:x"); err == nil {
		t.Error("a broken segment was read")
	}
	if _, err := Segment("f=%zz"); err == nil {
		t.Error("a broken query was read")
	}
	if !v.Narrowed() || v.Clear().Narrowed() || len(v.WithoutCondition(v.Where[0]).Where) != 0 {
		t.Error("what filters the view was not taken away")
	}
}

func TestWhatElseIsAskedIsInTheURL(t *testing.T) {
	for _, query := range []string{
		"compare=none", "compare=year", "compare=custom&cfrom=2026-01-01&cto=2026-01-31", "seg=abc-1&goal=g_2", "q.pages=blog+post&q.sources=x", "sort=-visits",
		"f=or(is:page:/a,is:page:/b)",
	} {
		v := parse(t, query)
		_, encoded, _ := strings.Cut(v.URL(), "?")
		if again := parse(t, encoded); again.URL() != v.URL() || v.URL() == "/example.org" {
			t.Errorf("%s became %s, then %s", query, v.URL(), again.URL())
		}
	}
	v := parse(t, "sort=-visits&q.pages=x")
	if metric, lowest := v.Sorted(); metric != "visits" || !lowest || v.Searching("pages", "").URL() != "/example.org?sort=-visits" {
		t.Error(metric, lowest, v.Searching("pages", "").URL())
	}
	for query, says := range map[string]string{
		"compare=decade": "no comparison", "compare=custom&cfrom=x&cto=2026-01-01": "not a date", "compare=custom&cfrom=2026-02-01&cto=2026-01-01": "ends before it starts",
		"q.pages=" + strings.Repeat("x", 201): "at most 200 bytes",
	} {
		if _, problems := Parse("example.org", values(query), monday); len(problems) != 1 || !strings.Contains(problems[0].Error(), says) {
			t.Errorf("%s: %v", query, problems)
		}
	}
}

func TestWhatAPeriodIsSetBeside(t *testing.T) {
	for query, want := range map[string]string{
		"period=month":                                   "2026-10-01…2026-10-23 true",
		"period=month&compare=year":                      "2025-11-01…2025-11-23 true",
		"from=2024-02-29&to=2024-03-01&compare=year":     "2023-02-28…2023-03-01 true",
		"compare=custom&cfrom=2026-01-05&cto=2026-01-11": "2026-01-05…2026-01-11 true",
		"compare=none":                                   "1970-01-01…1970-01-01 false",
	} {
		p, ok := parse(t, query).Compared()
		if got := p.From.String() + "…" + p.To.String(); got+" "+map[bool]string{true: "true", false: "false"}[ok] != want {
			t.Errorf("%s: %s %v, want %s", query, got, ok, want)
		}
	}
}
