package dashboards

import (
	"errors"
	"regexp/syntax"
	"slices"

	"sporlos/dashboards/language"
	"sporlos/dashboards/view"
	"sporlos/site"
	"sporlos/store/report"
)

// explain says in the reader's language why a question cannot be asked, or what is wrong with an address or a form.
func (d *Dashboards) explain(err error) string {
	var mistake *view.Mistake
	if errors.As(err, &mistake) {
		return d.words.Say(mistake.Key, d.arguments(mistake.Args)...)
	}
	var invalid *report.Invalid
	if errors.As(err, &invalid) {
		code, args := invalid.Code()
		return d.words.Say(language.ReasonKey(code), d.arguments(args)...)
	}
	return err.Error()
}

// asked tells apart a question that cannot be asked, which is said in place, from a store that does not answer.
func (d *Dashboards) asked(err error) (problem string, fatal error) {
	var invalid *report.Invalid
	if errors.As(err, &invalid) {
		return d.explain(invalid), nil
	}
	return "", err
}

// arguments are what a sentence is about, in the reader's language.
func (d *Dashboards) arguments(args []any) []any {
	said := slices.Clone(args)
	for i, arg := range args {
		switch a := arg.(type) {
		case error:
			said[i] = d.explain(a)
		case report.Metric:
			said[i] = d.words.Or("metric."+string(a), string(a))
		case report.Dimension:
			said[i] = string(a)
			if _, known := report.DimensionOf(string(a)); known && !a.Time() {
				said[i] = d.dimensionText(string(a))
			}
		case report.Op:
			said[i] = d.opText(a)
		case report.Join:
			said[i] = string(a)
		case site.Day:
			said[i] = d.words.Day(a)
		case syntax.ErrorCode:
			said[i] = d.words.Or(language.PatternKey(a), a.String())
		}
	}
	return said
}

func (d *Dashboards) opText(op report.Op) string {
	for name, of := range operators {
		if of == op {
			return d.words.Say("op." + name)
		}
	}
	return string(op)
}
