package engine

import "syscall"

// engineNiceness is how much the engine's processes stand back (nice(2)) where they compete with whoever takes beacons: three of four
// parts of the time are then the collector's. Where they do not, it changes nothing.
const engineNiceness = 5

// standBack lowers the priority of a process that was started with ownSession, with all its threads. It can do without.
func standBack(pid int) { _ = syscall.Setpriority(syscall.PRIO_PGRP, pid, engineNiceness) }

func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
}
