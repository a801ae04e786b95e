package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sporlos/bench/result"
	"sporlos/bench/system"
)

// fullDays makes, for each of the sizes, one day of one site with so many million events, and folds it with an engine that was started
// for it: how long that takes, and the most memory the engine holds. The data is removed.
func fullDays(ctx context.Context, dir, sizes string) error {
	var figures []result.Figure
	for _, text := range strings.Split(sizes, ",") {
		millions, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("cannot understand -day: %w", err)
		}
		list, err := fullDay(ctx, filepath.Join(dir, "day-"+text), millions)
		if err != nil {
			return err
		}
		figures = append(figures, list...)
	}
	return result.Write("questions", figures...)
}

func fullDay(ctx context.Context, dir string, millions float64) (figures []result.Figure, err error) {
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := withHouse(ctx, dir, func(h *house) error { return h.fillDay(ctx, millions) }); err != nil {
		return nil, err
	}
	err = withHouse(ctx, dir, func(h *house) error {
		if err := h.open(ctx, "1"); err != nil {
			return err
		}
		h.now = h.now.AddDate(0, 0, 1)
		before, err := system.CPU(h.engine.PID())
		if err != nil {
			return err
		}
		began := time.Now()
		if err := h.fold(ctx); err != nil {
			return err
		}
		took := time.Since(began)
		after, err := system.CPU(h.engine.PID())
		if err != nil {
			return err
		}
		_, peak, err := system.Resident(h.engine.PID())
		name := fmt.Sprintf("folding a day of %v million events", millions)
		figures = append(figures,
			result.Plain(name+", per million", took.Seconds()/millions, "s"),
			result.Plain(name+", engine CPU per million", (after-before).Seconds()/millions, "s"),
			result.AtMost(name+", engine memory at most", float64(peak)/(1<<20), "MiB", 1024))
		for _, f := range figures {
			fmt.Println(f)
		}
		return err
	})
	return figures, err
}

// fillDay makes the events of yesterday, all of one day.
func (h *house) fillDay(ctx context.Context, millions float64) error {
	if err := h.open(ctx, "1"); err != nil {
		return err
	}
	day := h.sites[0].site.DayAt(h.now.Unix()) - 1
	return h.fillDays(ctx, h.sites[0], day, day, int(millions*1e6/eventsPerVisit))
}
