package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// version is set by the build (-ldflags "-X main.version=…"); a plain "go build" leaves it and the revision is shown instead.
var version = ""

type versionCmd struct{}

// Run prints one line: version, Go version, system.
func (versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintf(out, "sporlos %s (%s, %s/%s)\n", versionName(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

func versionName() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "devel-" + s.Value[:12]
			}
		}
	}
	return "devel"
}
