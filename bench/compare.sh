#!/bin/bash
# Runs the Go benchmarks of another revision and of the working tree in turns, on this machine at this time, and prints the ratios.
#
#	make bench-compare BASE=<revision> [ROUNDS=6] [BENCH=regexp] [PKGS="./spool ./event"] [TIME=0.3s] [COLLECTOR=1]
#
# The other revision is checked out into a temporary git worktree that shares node_modules when both want the same, and that goes with the script however it
# ends. The collector's ratio (go run ./bench/collector) of both follows, unless COLLECTOR=0.
set -euo pipefail
BASE=${BASE:-} ROUNDS=${ROUNDS:-6} BENCH=${BENCH:-.} PKGS=${PKGS:-} TIME=${TIME:-0.3s} COLLECTOR=${COLLECTOR:-1}
BENCHSTAT=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

die() { echo "bench-compare: $*" >&2; exit 2; }
[ -n "$BASE" ] || die "which revision? make bench-compare BASE=main~10"
[[ $ROUNDS =~ ^[1-9][0-9]*$ ]] || die "ROUNDS=$ROUNDS is not a number of rounds"
here=$(git rev-parse --show-toplevel) && cd "$here"
commit=$(git rev-parse --verify --quiet "$BASE^{commit}") || die "there is no revision \"$BASE\" here; git log --oneline names some"

work=$(mktemp -d) tree=$work/base
# The collector's benchmark keeps figures; a comparison is no measurement to be kept.
kept=bench/results/collector.json
[ ! -f $kept ] || cp $kept "$work/kept.json"
restore() { if [ -f "$work/kept.json" ]; then cp "$work/kept.json" $kept; else rm -f $kept; fi; }
clean() {
	trap '' INT TERM HUP # nothing interrupts the cleaning
	[ -z "${child:-}" ] || kill -TERM -- "-$child" 2>/dev/null || true
	restore || true
	git worktree remove --force "$tree" 2>/dev/null || true
	rm -rf "$work"
	git worktree prune
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# run starts a process group of its own and waits for it, so that an interruption ends all of it, benchmarks' engines included.
set -m
run() {
	"$@" &
	child=$!
	wait "$child"
	child=
}

git worktree add --quiet --detach "$tree" "$commit"
if [ -d node_modules ] && cmp -s package-lock.json "$tree/package-lock.json"; then
	ln -s "$here/node_modules" "$tree/node_modules"
	touch -d @0 "$tree/package.json" "$tree/package-lock.json" # nothing is to be installed
fi
run make -s -C "$tree" assets >"$work/assets.log" 2>&1 || { cat "$work/assets.log" >&2; die "the assets of $BASE cannot be built"; }

# packages lists those of a tree that have a benchmark.
packages() {
	local dirs
	dirs=$(cd "$1" && git grep -lE '^func Benchmark' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|')
	[ -z "$PKGS" ] && echo "$dirs" || for p in $PKGS; do [ -d "$1/$p" ] && echo "$p"; done
}

# compile builds the test programs of a tree, so that rounds measure and nothing else.
compile() {
	for p in $(packages "$1"); do
		(cd "$1" && go test -c -o "$2/$(echo "$p" | tr -c 'a-zA-Z0-9\n' '_').test" "$p") || return 1
	done
}

# round runs every benchmark of a tree once.
round() {
	local p program
	for p in $(packages "$1"); do
		program=$2/$(echo "$p" | tr -c 'a-zA-Z0-9\n' '_').test
		echo "pkg: sporlos/${p#./}"
		(cd "$1/$p" && "$program" -test.run '^$' -test.bench "$BENCH" -test.benchmem -test.benchtime "$TIME" -test.timeout 5m | grep -E '^(Benchmark|FAIL|---)' || true)
	done
}

mkdir "$work/old" "$work/new"
echo "comparing $BASE ($(git -C "$tree" log -1 --format=%h)) with the working tree ($(git describe --always --dirty)), $ROUNDS rounds" >&2
run compile "$tree" "$work/old"
run compile "$here" "$work/new"
for ((i = 1; i <= ROUNDS; i++)); do
	echo "round $i of $ROUNDS" >&2
	if ((i % 2)); then order="old new"; else order="new old"; fi
	for which in $order; do
		case $which in old) run round "$tree" "$work/old" >>"$work/base.txt" ;; new) run round "$here" "$work/new" >>"$work/head.txt" ;; esac
	done
done
grep -q ^Benchmark "$work/base.txt" && grep -q ^Benchmark "$work/head.txt" || die "no benchmark matches BENCH=$BENCH in PKGS=${PKGS:-all} of both revisions"
run go run "$BENCHSTAT" "base=$work/base.txt" "head=$work/head.txt"

collector() { (cd "$1" && go run ./bench/collector $2 2>/dev/null | tail -1); }
if [ "$COLLECTOR" != 0 ]; then
	for tree_of in "base $tree" "head $here"; do
		dir=${tree_of#* }
		half=$(grep -q '"half"' "$dir/bench/collector/main.go" && echo -half=false || true)
		echo "collector, ${tree_of%% *}: $(collector "$dir" "$half")"
	done
	restore
fi
