package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sporlos/store/engine"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sporlos": func() {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}})
}

// TestCommands runs the scripts of testdata/script: what a person types, and what is answered.
func TestCommands(t *testing.T) {
	library, err := engine.FindLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SPORLOS_ENGINE_LIB", library)
			return nil
		},
	})
}
