package system

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// CPU is the processor time a process has used, user and system, in steps of 10 ms (proc_pid_stat(5)).
func CPU(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is not what it was", pid)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// Resident is the memory a process holds now, and the most it has held, in bytes (proc_pid_status(5): VmRSS and VmHWM).
func Resident(pid int) (now, peak int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	if now, err = kilobytes(string(status), "\nVmRSS:"); err != nil {
		return 0, 0, err
	}
	peak, err = kilobytes(string(status), "\nVmHWM:")
	return now, peak, err
}

func kilobytes(status, name string) (int64, error) {
	_, rest, _ := strings.Cut(status, name)
	digits, _, _ := strings.Cut(strings.TrimSpace(rest), " kB")
	n, err := strconv.ParseInt(digits, 10, 64)
	return n << 10, err
}
