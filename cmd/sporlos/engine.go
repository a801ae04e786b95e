package main

import "sporlos/store/engine"

// engineCmd is what store/engine starts as its child process.
type engineCmd struct {
	Args []string `arg:"" optional:"" passthrough:""`
}

// Run hosts the library until it is told to stop.
func (c engineCmd) Run() error { return engine.Host(c.Args) }
