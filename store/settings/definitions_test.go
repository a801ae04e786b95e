package settings_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"sporlos/site"
	"sporlos/store/settings"
)

// mistaken reports whether err is the mistake with that key, told in a sentence.
func mistaken(err error, key string) bool {
	var m *site.Mistake
	return errors.As(err, &m) && m.Key == key && m.Error() != ""
}

func TestGoalsAndFunnels(t *testing.T) {
	s, _, ctx := open(t, nil)
	thanks, err := s.SaveGoal(ctx, 1, site.Goal{Name: "Thanks", Kind: site.PageGoal, Path: "/thanks"})
	if err != nil || len(thanks.ID) != 12 {
		t.Fatalf("%+v, %v", thanks, err)
	}
	bought, err := s.SaveGoal(ctx, 1, site.Goal{Name: "Bought", Kind: site.EventGoal, Event: "Purchase", Props: []site.Condition{{Key: "plan", Value: "pro"}}, Revenue: true, Currency: "NOK"})
	if err != nil {
		t.Fatal(err)
	}
	searched, err := s.SaveGoal(ctx, 1, site.Goal{Name: "Searched", Kind: site.SearchGoal})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveGoal(ctx, 1, site.Goal{Name: "THANKS", Kind: site.PageGoal, Path: "/"}); !errors.Is(err, settings.ErrExists) {
		t.Errorf("a second goal of that name: %v", err)
	}
	if _, err := s.SaveGoal(ctx, 2, site.Goal{Name: "Thanks", Kind: site.PageGoal, Path: "/"}); err != nil {
		t.Errorf("a goal of that name on another site: %v", err)
	}
	if _, err := s.SaveFunnel(ctx, 1, site.Funnel{Name: "Found", Steps: []string{searched.ID, thanks.ID}}); !mistaken(err, "mistake.funnel.search") {
		t.Errorf("a search as a step: %v", err)
	}
	if _, err := s.SaveFunnel(ctx, 2, site.Funnel{Name: "Order", Steps: []string{thanks.ID, bought.ID}}); !mistaken(err, "mistake.funnel.goal") {
		t.Errorf("goals of another site: %v", err)
	}
	order, err := s.SaveFunnel(ctx, 1, site.Funnel{Name: "Order", Steps: []string{bought.ID, thanks.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveGoal(ctx, 1, thanks.ID); !mistaken(err, "mistake.goal.used") {
		t.Errorf("a step of a funnel was removed: %v", err)
	}
	if _, err := s.SaveGoal(ctx, 1, site.Goal{ID: thanks.ID, Name: "Thanks", Kind: site.SearchGoal}); !mistaken(err, "mistake.funnel.search") {
		t.Errorf("a step of a funnel became a search: %v", err)
	}
	have, err := s.Definitions(ctx, 1)
	if err != nil || !reflect.DeepEqual(have.Goals, []site.Goal{bought, searched, thanks}) || !reflect.DeepEqual(have.Funnels, []site.Funnel{order}) {
		t.Errorf("%+v, %v", have, err)
	}
	if got, err := s.RemoveFunnel(ctx, 1, order.ID); err != nil || got.Name != "Order" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.RemoveGoal(ctx, 1, thanks.ID); err != nil || got.Name != "Thanks" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.RemoveGoal(ctx, 1, thanks.ID); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("removing it again: %v", err)
	}
	if _, err := s.SaveGoal(ctx, 1, thanks); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("changing what was removed: %v", err)
	}
	bought.Name = "Paid"
	if got, err := s.SaveGoal(ctx, 1, bought); err != nil || got.ID != bought.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if have, err = s.Definitions(ctx, 1); err != nil || !reflect.DeepEqual(have.Goals, []site.Goal{bought, searched}) || len(have.Funnels) != 0 {
		t.Errorf("%+v, %v", have, err)
	}
}

func TestSegmentsAndAnnotations(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	s, _, ctx := open(t, func() time.Time { return now })
	add := func(g site.Segment) error { _, err := s.SaveSegment(ctx, 1, g); return err }
	mine := site.Segment{Name: "Mobile", Query: "f=is:device:Mobile", Personal: true, Owner: "kari"}
	shared := site.Segment{Name: "Mobile", Query: "f=is:device:Mobile", Owner: "kari"}
	other := site.Segment{Name: "Mobile", Query: "f=is:device:Mobile", Personal: true, Owner: "ola"}
	if err := errors.Join(add(mine), add(shared), add(other)); err != nil {
		t.Errorf("one of each: %v", err)
	}
	if err := add(other); !errors.Is(err, settings.ErrExists) {
		t.Errorf("a second one of ola's: %v", err)
	}
	shared.Owner = "ola"
	if err := add(shared); !errors.Is(err, settings.ErrExists) {
		t.Errorf("a second one of the site's: %v", err)
	}
	nine := 9
	late, err := s.SaveAnnotation(ctx, 1, site.Annotation{Day: 20000, Hour: &nine, Text: "Ad on  air", Who: "kari"})
	if err != nil || late.Text != "Ad on air" || !late.Created.Equal(now) {
		t.Fatalf("%+v, %v", late, err)
	}
	now = now.Add(time.Hour)
	day, err := s.SaveAnnotation(ctx, 1, site.Annotation{Day: 20000, Text: "Launch", Who: "kari"})
	if err != nil {
		t.Fatal(err)
	}
	late.Text = "Advertisement"
	if late, err = s.SaveAnnotation(ctx, 1, late); err != nil || late.Created.Equal(now) {
		t.Errorf("%+v, %v", late, err)
	}
	have, err := s.Definitions(ctx, 1)
	if err != nil || len(have.Segments) != 3 || !reflect.DeepEqual(have.Annotations, []site.Annotation{day, late}) {
		t.Errorf("%+v, %v", have, err)
	}
	if _, err := s.RemoveSegment(ctx, 1, have.Segments[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := s.RemoveAnnotation(ctx, 1, day.ID); err != nil {
		t.Error(err)
	}
	if have, err = s.Definitions(ctx, 1); err != nil || len(have.Segments) != 2 || len(have.Annotations) != 1 {
		t.Errorf("%+v, %v", have, err)
	}
}

// TestDefinitionsOfAnotherProcess: what it changes is seen within a second or so, and until then the snapshot costs no question.
func TestDefinitionsOfAnotherProcess(t *testing.T) {
	here, db, ctx := open(t, nil)
	there := settings.Open(db.Conn(), nil)
	if have, err := here.Definitions(ctx, 1); err != nil || len(have.Goals) != 0 {
		t.Fatalf("%+v, %v", have, err)
	}
	g, err := there.SaveGoal(ctx, 1, site.Goal{Name: "Thanks", Kind: site.PageGoal, Path: "/thanks"})
	if err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(3 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		have, err := here.Definitions(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := have.Goal(g.ID); ok {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the goal was not seen")
		}
	}
	if _, err := there.RemoveGoal(ctx, 1, g.ID); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	if have, err := here.Definitions(ctx, 1); err != nil || len(have.Goals) != 0 {
		t.Errorf("after its removal: %+v, %v", have, err)
	}
}

func TestARemovedSiteTakesItsDefinitionsAlong(t *testing.T) {
	s, db, ctx := open(t, nil)
	one, err := s.AddSite(ctx, "example.org", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveGoal(ctx, one.ID, site.Goal{Name: "Thanks", Kind: site.PageGoal, Path: "/thanks"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveGoal(ctx, 11, site.Goal{Name: "Of another", Kind: site.PageGoal, Path: "/"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RemoveSite(ctx, "example.org"); err != nil {
		t.Fatal(err)
	}
	var left uint64
	if err := db.QueryRow(ctx, "SELECT count() FROM settings WHERE kind = 'goal'").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d goals are left, %v; want the other site's", left, err)
	}
	if have, err := s.Definitions(ctx, one.ID); err != nil || len(have.Goals) != 0 {
		t.Errorf("%+v, %v", have, err)
	}
}
