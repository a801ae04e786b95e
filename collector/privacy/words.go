package privacy

import (
	"fmt"
	"time"

	"sporlos/event"
)

// words are the sentences of the pages in one language. %s stands for the site's domain unless a comment says otherwise.
type words struct {
	HTML, Title, Lead, Skip, Switch string

	NothingTitle string
	Refusals     map[Refusal]string
	Notices      map[Notice]string

	KeptTitle, KeptLead, ThrownTitle, ThrownLead string // KeptLead: the page's address
	EmptyTitle, Field, Value                     string
	Fields, FieldNotes                           map[string]string
	VisitorNote, VisitValue                      string
	Yes, No, Pageview                            string

	ThrownLabels                               map[string]string
	ThrownAddress, ThrownAgent, ThrownLanguage map[string]string // by identity
	ThrownDevice, ThrownHints, ThrownQuery     string            // ThrownDevice: what it became
	ThrownRest, Unused, UnusedLanguage         string            // the last two of a request of which nothing is made

	NumberTitle                                     string
	NumberText                                      map[string]string // by identity; how it begins, when it ends, the zone, how long that is
	NumberShared                                    string
	ChoicesTitle, EraseTitle, EraseText, EraseAfter string
	EraseButton, OptTitle, OptOutText, OptInText    string
	OptOutButton, OptInButton, OptElsewhere         string

	CountedTitle, WhatTitle, WhyTitle, LongTitle string
	WhyText, LongText, More                      string // LongText: months
	Made                                         string

	BlockTitle, BlockText, BlockNumber, BlockLong, BlockLink, BlockNo string // BlockLong: months

	OwnerTitle, OwnerText string
	Unknown, UnknownText  string
	momentLayout          func(time.Time) string
	hours, minutes, and   [2]string // one, several
}

func wordsOf(l Language) *words {
	if l == Bokmal {
		return &bokmal
	}
	return &english
}

func (w *words) yes(b bool) string {
	if b {
		return w.Yes
	}
	return w.No
}

// name is what kind of event that is.
func (w *words) name(name string) string {
	if name == event.Pageview {
		return w.Pageview
	}
	return name
}

func (w *words) moment(t time.Time) string { return w.momentLayout(t) }

func (w *words) duration(hours, minutes int) string {
	h, m := counted(hours, w.hours), counted(minutes, w.minutes)
	switch {
	case hours == 0:
		return m
	case minutes == 0:
		return h
	}
	return h + w.and[0] + m
}

func counted(n int, unit [2]string) string {
	if n == 1 {
		return "1 " + unit[0]
	}
	return fmt.Sprintf("%d %s", n, unit[1])
}
