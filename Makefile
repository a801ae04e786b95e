# Two commands do all of it on a machine with Go, Node/npm and make: `make run` and `make test`.
SHELL   := /bin/bash
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)
RACE    := $(shell command -v gcc >/dev/null && echo -race)
SCRIPTS := $(wildcard script/src/*.ts) script/build.mjs script/names.json
FACE    := $(shell find dashboards/src -type f 2>/dev/null) dashboards/build.mjs dashboards/map.mjs
ROBOTS  := collector/robot/dist/crawler-user-agents.json
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
.DEFAULT_GOAL := help
.PHONY: help run build test test-go test-browser check fuzz bench bench-compare bench-collector clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: build ## build and start the demo: a shop, its dashboard, its metrics
	bin/sporlos demo

build: assets ## build bin/sporlos
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/sporlos ./cmd/sporlos

test: test-go test-browser ## run every test on the real engine and in a real browser
	@echo "every test passed"

test-go: assets
	go test $(RACE) -timeout 25m ./...

test-browser: build chromium
	npx playwright test -c script/test
	npx playwright test -c dashboards/test
	npx playwright test -c e2e

check: assets ## format, vet, lint; fails when the tree is not clean afterwards
	@test -z "$$(gofmt -l $$(git ls-files '*.go') | tee /dev/stderr)" || (echo "run gofmt -w on these"; exit 1)
	go vet ./...
	go run $(STATICCHECK) ./...
	npx tsc --noEmit -p script
	npx tsc --noEmit -p dashboards
	git diff --exit-code

fuzz: assets ## fuzz every parser, 20 seconds each
	@set -e; for p in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | grep -v node_modules | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -hoE '^func Fuzz\w+' $$p/*_test.go | cut -c6-); do echo "$$p $$f"; go test $$p -run '^$$' -fuzz "^$$f$$" -fuzztime 20s; done; done

bench: build chromium wrk ## run every benchmark (about half an hour; EVENTS=10,30,100 millions: two hours, 6 GB); figures go to bench/results
	go test -run '^$$' -bench . -benchmem -benchtime 0.3s $$(git grep -lE '^func Benchmark' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|')
	go run ./bench/spool
	go run ./bench/aggregator
	go run ./bench/pipeline
	go run ./bench/collector
	go run ./bench/memory
	mkdir -p data/bench
	go run ./bench/questions -dir data/bench -events $(or $(EVENTS),10)
	node bench/script/main.mjs
	node bench/page/main.mjs

bench-compare: assets ## BASE=<revision>: ratios of the benchmarks of that revision and of this one (bench/compare.sh)
	@BASE='$(BASE)' bash bench/compare.sh

bench-collector: assets wrk ## durable beacons per second against a bare server; the last line is the ratio
	@go run ./bench/collector

clean: ## remove what was built
	rm -rf bin node_modules test-results $(ROBOTS) dashboards/dist/*

# ---- what the targets above need, and the pictures of docs/dashboards.md ----
.PHONY: assets chromium wrk screenshots
screenshots: assets chromium
	npx playwright test -c dashboards/test/screenshots.config.ts

assets: node_modules/.package-lock.json script/dist/.built dashboards/dist/.built $(ROBOTS)

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

script/dist/.built: $(SCRIPTS) node_modules/.package-lock.json
	node script/build.mjs
	@touch $@

dashboards/dist/.built: $(FACE) node_modules/.package-lock.json
	node dashboards/build.mjs dashboards/map.mjs
	@touch $@

$(ROBOTS): node_modules/.package-lock.json
	@mkdir -p $(@D)
	cp node_modules/crawler-user-agents/crawler-user-agents.json $@

chromium:
	@command -v chromium >/dev/null || (echo "installing Debian's chromium"; $$(command -v sudo) apt-get update -qq && $$(command -v sudo) apt-get install -y -qq --no-install-recommends chromium)

wrk: # the benchmark has a client of its own for where it cannot be had
	@command -v wrk >/dev/null || (echo "installing Debian's wrk"; $$(command -v sudo) apt-get update -qq && $$(command -v sudo) apt-get install -y -qq --no-install-recommends wrk) || true
