package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sporlos/store"
	"sporlos/store/enginetest"
)

// BenchmarkInsert inserts blocks of events and reports microseconds of processor time per row, of this process
// (client-us/row) and of ClickHouse, merges included (engine-us/row).
func BenchmarkInsert(b *testing.B) {
	for _, rows := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) { benchmarkInsert(b, rows) })
	}
}

func benchmarkInsert(b *testing.B, rows int) {
	s := enginetest.Migrated(b)
	pid := enginetest.Engine(b).PID()
	block := events(rows)
	n := 0
	client, server := ownCPU(), cpuOf(b, pid)
	for b.Loop() {
		n++
		if err := s.Insert(b.Context(), "events", fmt.Sprint(b.Name(), n), block); err != nil {
			b.Fatal(err)
		}
	}
	total := float64(n * rows)
	b.ReportMetric((ownCPU()-client).Seconds()*1e6/total, "client-us/row")
	b.ReportMetric((cpuOf(b, pid)-server).Seconds()*1e6/total, "engine-us/row")
	b.ReportMetric(total/b.Elapsed().Seconds(), "rows/s")
}

// events makes a block of plausible events: short strings of few values, long ones of many.
func events(rows int) []store.Column {
	r := rand.New(rand.NewPCG(1, 2))
	few := func(name string, n int) store.Column {
		values := make([]string, rows)
		for i := range values {
			values[i] = fmt.Sprintf("%s-%d", name, int(float64(n)*r.Float64()*r.Float64()))
		}
		return store.Column{Name: name, Values: values}
	}
	numbers := func(name string) store.Column {
		values := make([]uint64, rows)
		for i := range values {
			values[i] = r.Uint64()
		}
		return store.Column{Name: name, Values: values}
	}
	sites, days := make([]uint32, rows), make([]time.Time, rows)
	for i := range sites {
		sites[i], days[i] = 1, time.Now()
	}
	block := []store.Column{{Name: "site", Values: sites}, {Name: "day", Values: days}, {Name: "time", Values: days},
		numbers("visitor"), numbers("visit"), few("path", 20_000), few("referrer", 300), few("source", 100)}
	for _, name := range strings.Fields("name host channel utm_source utm_medium utm_campaign utm_content utm_term country region city browser browser_version os os_version device currency") {
		block = append(block, few(name, 20))
	}
	return block
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuOf reads user and system time, in hundredths of a second, from /proc/PID/stat.
func cpuOf(b *testing.B, pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
