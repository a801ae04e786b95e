//go:build !linux

package engine

import (
	"errors"
	"syscall"
)

// Host runs the engine in this process; only Linux has been made to do so.
func Host([]string) error {
	return errors.New("engine: the embedded ClickHouse is supported on Linux only")
}

func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
