package spool

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
)

// benchRecord is about as large as an encoded event.
var benchRecord = make([]byte, 180)

func BenchmarkAppend(b *testing.B) {
	s := open(b, b.TempDir(), Options{Max: 64 << 30})
	b.ReportAllocs()
	b.SetBytes(int64(len(benchRecord)))
	for b.Loop() {
		if err := s.Append(benchRecord); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(frameHeader, "overhead-B/record")
}

func BenchmarkAppend256(b *testing.B) {
	for _, policy := range []Policy{FsyncInterval, FsyncAlways, FsyncOff} {
		b.Run(policy.String(), func(b *testing.B) {
			s := open(b, b.TempDir(), Options{Max: 64 << 30, Fsync: policy})
			b.ReportAllocs()
			appendFrom(b, s, 256)
		})
	}
}

// appendFrom shares b.N appends among writers and reports their rate and latency.
func appendFrom(b *testing.B, s *Spool, writers int) {
	var wg sync.WaitGroup
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	for w := range writers {
		wg.Go(func() {
			for i := w; i < b.N; i += writers {
				start := time.Now()
				if err := s.Append(benchRecord); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(took[b.N/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[b.N*99/100].Microseconds()), "p99-µs")
}

func BenchmarkRead(b *testing.B) {
	s := open(b, b.TempDir(), Options{})
	for range 100_000 {
		if err := s.Append(benchRecord); err != nil {
			b.Fatal(err)
		}
	}
	var batch Batch
	for b.Loop() {
		if err := s.Read(context.Background(), Position{}, 0, 0, &batch); err != nil || len(batch.Records) != 100_000 {
			b.Fatal(len(batch.Records), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/record")
}
