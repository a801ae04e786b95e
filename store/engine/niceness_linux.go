package engine

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// niceness is how far the engine stands back (nice(2)) behind the program it belongs to, which takes beacons. Where there are processors
// enough it changes nothing.
const niceness = 10

// standBack makes every thread of this process stand back, and so those they will start. It can do without.
func standBack() {
	// A kernel that groups processes by session (sched(7), autogroup) compares groups, not threads, and this process is a session.
	_ = os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(niceness)), 0)
	inherited, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // the system call's answer is 20 - nice
	if err != nil {
		return
	}
	nice := min(20-inherited+niceness, 19)
	threads, _ := os.ReadDir("/proc/self/task")
	for _, thread := range threads {
		if id, err := strconv.Atoi(thread.Name()); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, id, nice)
		}
	}
}
