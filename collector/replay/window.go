package replay

import (
	"container/heap"
	"time"
)

const (
	windowTime  = time.Hour
	windowLines = 1 << 16
)

// window holds views until it is unlikely that an earlier one still comes.
type window struct {
	views  views
	next   int       // sequence number of the next view: views of one second leave in the order they came
	latest time.Time // seen so far
	left   time.Time // of the latest that has left
}

type views []queued

type queued struct {
	*view
	n int
}

// Len returns how many views wait.
func (w *window) Len() int { return len(w.views) }

// put takes a view in, and reports whether later ones have left already.
func (w *window) put(v *view) (late bool) {
	if v.time.After(w.latest) {
		w.latest = v.time
	}
	heap.Push(&w.views, queued{v, w.next})
	w.next++
	return v.time.Before(w.left)
}

// ready reports whether the earliest view has waited long enough.
func (w *window) ready() bool {
	return len(w.views) > windowLines || len(w.views) > 0 && w.latest.Sub(w.views[0].time) > windowTime
}

// earliest takes the earliest view out.
func (w *window) earliest() *view {
	v := heap.Pop(&w.views).(queued).view
	if v.time.After(w.left) {
		w.left = v.time
	}
	return v
}

// The methods of heap.Interface.

func (v views) Len() int { return len(v) }

func (v views) Less(i, j int) bool {
	if !v[i].time.Equal(v[j].time) {
		return v[i].time.Before(v[j].time)
	}
	return v[i].n < v[j].n
}

func (v views) Swap(i, j int) { v[i], v[j] = v[j], v[i] }

func (v *views) Push(x any) { *v = append(*v, x.(queued)) }

func (v *views) Pop() any {
	last := len(*v) - 1
	x := (*v)[last]
	(*v)[last] = queued{}
	*v = (*v)[:last]
	return x
}
