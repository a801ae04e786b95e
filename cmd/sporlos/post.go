package main

import (
	"context"
	"path/filepath"

	"sporlos/dashboards/post"
	"sporlos/store/report"
)

// startPost sends reports and alerts. Without --smtp-url webhooks are called all the same, by the process that also collects, so that two
// processes do not both call them.
func (s *server) startPost(_ context.Context, reporter *report.Reporter) (*post.Post, error) {
	key, err := post.OpenKey(filepath.Join(s.flags.Data, "post"))
	if err != nil {
		return nil, err
	}
	o := post.Options{Settings: s.in.settings, Report: reporter, Key: key, URL: s.dashboardsURL, Logger: s.log, Registerer: s.registry}
	if s.flags.SMTPURL != "" {
		if o.Mailer, err = post.ParseSMTP(s.flags.SMTPURL); err != nil {
			return nil, err
		}
	}
	sender, err := post.New(o)
	if err != nil {
		return nil, err
	}
	if o.Mailer != nil || s.flags.collects() {
		s.background(s.whenMigrated(sender.Run))
	}
	return sender, nil
}
