package engine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/cpu"
)

const (
	libraryName    = "libchdb.so"
	libraryVersion = "26.7.3-stable.1"
)

// FindLibrary returns the path of libchdb.so: explicit when it is not empty, or else the first found beside this
// program, in node_modules of the working directory or of the program's directory or of any directory above them,
// and in /usr/local/lib. It fails, naming the command to run, when there is none, and when the one found or this
// machine's processor cannot do.
func FindLibrary(explicit string) (string, error) {
	if err := checkMachine(); err != nil {
		return "", err
	}
	candidates := []string{explicit}
	if explicit == "" {
		candidates = places()
	}
	for _, path := range candidates {
		_, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && explicit == "" {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("cannot use the engine's library %q: %w; %s", path, err, installHint())
		}
		path, err = filepath.Abs(path)
		return path, errors.Join(err, checkLibrary(path))
	}
	return "", fmt.Errorf("cannot find %s, the embedded ClickHouse, in any of %q; %s, name it with --engine-lib, or use a server with --clickhouse", libraryName, candidates, installHint())
}

// installHint is the command that gets the library.
func installHint() string {
	return fmt.Sprintf("install it with `npm install %s@%s`", npmPackage(), libraryVersion)
}

func npmPackage() string {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS == "linux" {
		return "@chdb/lib-linux-" + arch + "-gnu"
	}
	return "@chdb/lib-" + runtime.GOOS + "-" + arch
}

// places lists where the library may be, best first.
func places() []string {
	var list []string
	var roots []string
	if exe, err := os.Executable(); err == nil {
		list = append(list, filepath.Join(filepath.Dir(exe), libraryName))
		roots = append(roots, filepath.Dir(exe))
	}
	if wd, err := os.Getwd(); err == nil {
		roots = append([]string{wd}, roots...)
	}
	for _, dir := range roots {
		for ; ; dir = filepath.Dir(dir) {
			list = append(list, filepath.Join(dir, "node_modules", filepath.FromSlash(npmPackage()), libraryName))
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return append(list, filepath.Join("/usr/local/lib", libraryName))
}

func checkMachine() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("the embedded ClickHouse is supported on Linux only, not on %s; use a server with --clickhouse", runtime.GOOS)
	}
	if runtime.GOARCH == "amd64" && !cpu.X86.HasAVX2 {
		return errors.New("the embedded ClickHouse needs a processor with AVX2 (Intel Haswell, AMD Excavator or later); use a server with --clickhouse")
	}
	if musl, _ := filepath.Glob("/lib/ld-musl-*"); len(musl) > 0 && !exists("/lib64/ld-linux-x86-64.so.2") && !exists("/lib/ld-linux-aarch64.so.1") {
		return errors.New("the embedded ClickHouse needs glibc and this system has musl; use a Debian-based image, or a server with --clickhouse")
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// checkLibrary refuses what is no shared library of this machine's kind.
func checkLibrary(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("the engine's library %q is damaged or not a library: %w; %s", path, err, installHint())
	}
	defer f.Close()
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
	if f.Type != elf.ET_DYN || f.Machine != want {
		return fmt.Errorf("the engine's library %q is a %v for %v, not a shared library for %v; %s", path, f.Type, f.Machine, want, installHint())
	}
	return nil
}
