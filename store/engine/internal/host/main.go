// Command host is "sporlos engine" alone, for tests: small, quick to build and never instrumented.
//
//	host [-remove DIR] LIBRARY CONFIG
//
// With -remove it deletes the directory when the engine has ended, since the test that made it may be gone by then.
package main

import (
	"flag"
	"fmt"
	"os"

	"sporlos/store/engine"
)

func main() {
	remove := flag.String("remove", "", "directory to delete in the end")
	flag.Parse()
	err := engine.Host(flag.Args())
	if *remove != "" {
		_ = os.RemoveAll(*remove)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
