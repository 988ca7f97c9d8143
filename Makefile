# Isolane. `make` alone lists the targets; `make run` and `make test` each work as
# the first command on a machine with Go, gcc, g++ and make.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.SUFFIXES:

# Tools, pinned; installed into .bin/ by the targets that need them.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
BUF           := github.com/bufbuild/buf/cmd/buf@v1.75.0
TEMPL         := github.com/a-h/templ/cmd/templ@v0.3.1100
PROTOC_GEN_GO := google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
BENCHSTAT     := golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

BIN        := $(CURDIR)/.bin
GO         ?= go
IMAGE      ?= isolane:dev
FUNCTIONS  ?= examples
PKG        ?= ./...
# Tests of several nodes and of processes run when all others are through: they wait for the most
# part, and starve where others keep the processors busy.
NODES      := ./bridge/stream ./cluster ./cluster/gossip ./cmd/isolane ./cmd/isolane/internal/node \
	./tools/clustersim ./tools/localcluster
BENCH      ?= .
COUNT      ?= 6
FUZZTIME   ?= 10s
# How long the soaks are.
SOAK_CRASHES  ?= 10000
SOAK_ISOLATES ?= 10000
SOAK_CONTEXTS ?= 20000
SOAK_STREAM   ?= 10m
ARGS       ?=
# -s -w leave symbols and DWARF out: a Go panic still names files and lines.
# grpcnotrace: gRPC's trace pages would bring in html/template, and with it every
# exported method of every type: 5.6 MB.
TAGS       := netgo,osusergo,grpcnotrace
LDFLAGS    := -s -w
ifeq ($(shell uname -s),Linux)
LDFLAGS    += -extldflags "-static -Wl,--gc-sections"
endif
# The commit goes into the binary where git can tell it.
VCS        := $(if $(shell git rev-parse --verify --quiet HEAD 2>/dev/null),true,false)

say = @printf '\033[2m==>\033[0m %s\n'
ifneq ($(origin NO_COLOR),undefined)
say = @printf '==> %s\n'
endif
ifeq ($(shell test -t 1 && echo tty),)
say = @printf '==> %s\n'
endif

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build npm ## build, then one node with NATS inside and the functions of examples/
	$(say) "isolane run --functions $(FUNCTIONS): NATS inside on 127.0.0.1:4222, data in .data/; Ctrl-C drains and ends"
	@exec ./isolane run --functions $(FUNCTIONS) --data .data $(ARGS)

.PHONY: build
build: toolchain ## ./isolane, the static binary
	@if test -x isolane; then \
		echo "==> building ./isolane (seconds, where little has changed)"; \
	else \
		echo "==> building ./isolane; the first build compiles NATS and esbuild and links V8: 2 to 4 minutes on two cores"; \
	fi
	@$(GO) build -trimpath -buildvcs=$(VCS) -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o isolane ./cmd/isolane

.PHONY: test
test: toolchain npm npm-check ## every test, with the race detector, in random order
	$(say) "go test -race -shuffle=on $(PKG); the first run compiles everything for the race detector and links V8 into each test binary: about 20 minutes on two cores"
	@status=0; \
	all=$$($(GO) list $(PKG)); nodes=$$($(GO) list $(NODES) | grep -xFf <(echo "$$all") || true); \
	others=$$(grep -vxFf <(echo "$${nodes:-none}") <<<"$$all" || true); \
	export GORACE=halt_on_error=1; \
	test -z "$$others" || $(GO) test -race -shuffle=on -timeout 20m $(ARGS) $$others || status=1; \
	test -z "$$nodes" || $(GO) test -race -shuffle=on -timeout 20m $(ARGS) $$nodes || status=1; \
	exit $$status
	$(say) "the light engine's hostile cases, which take too long under the race detector"
	@$(GO) test $(ARGS) ./jsruntime/quickjs

.PHONY: lint
lint: toolchain $(BIN)/golangci-lint $(BIN)/gofumpt ## golangci-lint, formatting, vet of the other engine binding
	$(say) "gofumpt"
	@unformatted=$$($(BIN)/gofumpt -l $$(git ls-files --cached --others --exclude-standard '*.go' ':!*.pb.go' | sort -u | xargs -r ls 2>/dev/null)); \
	if test -n "$$unformatted"; then echo "not formatted, run 'make fmt':"; echo "$$unformatted"; exit 1; fi
	$(say) "golangci-lint run; the first run type-checks everything: about 3 minutes on two cores"
	@$(BIN)/golangci-lint run ./...
	$(say) "go vet -tags rogchap ./jsruntime/... (the original V8 binding)"
	@$(GO) vet -tags rogchap ./jsruntime/...

.PHONY: fmt
fmt: $(BIN)/golangci-lint ## format every Go file and sort its imports
	@$(BIN)/golangci-lint fmt ./...

.PHONY: proto
proto: toolchain $(BIN)/buf $(BIN)/protoc-gen-go ## the Go of proto/, generated anew; lints it
	@PATH=$(BIN):$$PATH $(BIN)/buf lint
	@PATH=$(BIN):$$PATH $(BIN)/buf generate

.PHONY: templ
templ: toolchain $(BIN)/templ $(BIN)/gofumpt ## the Go of the page's views (*.templ), generated anew
	@$(BIN)/templ generate -path cmd/isolane/internal/page
	@$(BIN)/gofumpt -w cmd/isolane/internal/page/views_templ.go

.PHONY: proto-check
proto-check: proto ## fails if the checked-in Go of proto/ is stale
	@git diff --exit-code -- proto || { echo "proto/ is stale: run 'make proto' and commit" >&2; exit 1; }

.PHONY: fuzz
fuzz: toolchain ## every fuzz target for FUZZTIME=10s each
	@grep -rE '^func Fuzz[A-Za-z0-9_]*\(' --include='*_test.go' --exclude-dir=node_modules . \
	| sed -E 's|^(.*)/[^/]*_test.go:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | sort -u \
	| while read -r folder target; do \
		echo "==> $$folder $$target, $(FUZZTIME)"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$folder" </dev/null; \
	done

.PHONY: bench
bench: toolchain $(BIN)/benchstat ## benchmarks, COUNT=6 times; compared with .bench/base.txt where there is one
	@mkdir -p .bench
	$(say) "go test -bench '$(BENCH)' $(PKG), $(COUNT) times; figures go to .bench/latest.txt, keep them as .bench/base.txt to compare with"
	@$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(ARGS) $(PKG) | tee .bench/latest.txt
	@$(BIN)/benchstat $(wildcard .bench/base.txt) .bench/latest.txt
	$(say) "what a call through the runtime costs beside the bare binding; docs/benchmarks.md says how to read it"
	@$(GO) run ./tools/benchtable .bench/latest.txt

.PHONY: bench-memory
bench-memory: toolchain ## memory of 1,000 warm functions and of 10,000 waits: 5 minutes
	@mkdir -p .bench
	@rm -f .bench/memory.jsonl
	$(say) "tables below; a line of JSON for each row goes to .bench/memory.jsonl"
	@$(GO) run ./tools/jscost functions -json .bench/memory.jsonl
	@$(GO) run ./tools/jscost waits -json .bench/memory.jsonl

# The JavaScript of bench-peers, with what npm can install of its peers: Deno, piscina,
# workerd and a NATS client. Without npm the rows of what is missing say so.
PEERS_JS    := .bench/peers/node_modules/.package-lock.json
PEERS_FILES := $(shell find tools/benchpeers/js -type f)
# How many rounds are measured; a run takes some 40 s for each, and a minute more.
BENCH_PEERS_ROUNDS ?= 7

.PHONY: bench-peers
bench-peers: build benchpeers ## ten functions served by Go, Node, Deno, workerd and Isolane: 8 minutes; BENCH_PEERS_ROUNDS=7
	$(say) "tables below; everything that was measured goes to .bench/peers.json"
	@.bench/benchpeers -rounds $(BENCH_PEERS_ROUNDS) -json .bench/peers.json $(ARGS)

.PHONY: bench-echo
bench-echo: build benchpeers ## of bench-peers an echo alone, and without isolation for each call: 3 minutes
	@.bench/benchpeers -peers go,node,deno,isolane -loads echo-1,echo-16,echo-128,echo-async-16 -colds 0 $(ARGS)

# How many nodes of each kind bench-keyed kills: twice as many in all.
BENCH_KEYED_KILLS ?= 15

.PHONY: bench-keyed
bench-keyed: toolchain ## keyed functions beside the stateless path, and 30 kills: 2 minutes; BENCH_KEYED_KILLS=15
	$(say) "messages a second, and how long one takes: docs/benchmarks.md says what the rows are"
	@$(GO) test -run '^$$' -bench 'Keyed$$' -benchtime 10000x $(ARGS) ./cmd/isolane/internal/node
	@$(GO) test -run '^$$' -bench 'KeyedLatency' -benchtime 500x $(ARGS) ./cmd/isolane/internal/node
	@$(GO) test -run '^$$' -bench 'KeyedCall' -benchtime 2000x $(ARGS) ./cmd/isolane/internal/node
	$(say) "three nodes of which one is killed, $(BENCH_KEYED_KILLS) times one that runs keys and as often the one that has the order"
	@ISOLANE_KEYED_KILLS=$(BENCH_KEYED_KILLS) $(GO) test -run '^$$' -bench 'KeyedDeath' -benchtime 1x -timeout 30m $(ARGS) ./cmd/isolane

.PHONY: bench-overload
bench-overload: build benchpeers ## twice what a node can serve: how soon are calls refused
	@.bench/benchpeers -overload $(ARGS)

.PHONY: benchpeers
benchpeers: toolchain
	@$(MAKE) --no-print-directory $(PEERS_JS) || echo "==> what is not installed is left out"
	@$(GO) build -o .bench/benchpeers ./tools/benchpeers

$(PEERS_JS): $(PEERS_FILES)
	@mkdir -p .bench/peers && cp -R tools/benchpeers/js/. .bench/peers/
	@command -v npm >/dev/null || { echo "==> npm is not installed (apt-get install npm)"; exit 1; }
	@echo "==> npm ci for bench-peers: Deno and workerd, 250 MB unpacked"
	@npm ci --prefix .bench/peers --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

# Node and Deno are beside Isolane in the laboratory where they are on the PATH, or where
# bench-peers has installed them.
LAB_PATH = PATH="$(CURDIR)/.bench/peers/node_modules/.bin:$$PATH"

.PHONY: experiments
experiments: build ## every experiment of the laboratory, small: 4 minutes; ARGS='io' for one
	@$(LAB_PATH) ./isolane experiment $(if $(ARGS),$(ARGS),all) --quick --out .bench/lab
	@./isolane report .bench/lab

# The report of a full run, checked in. It is measured in a folder of its own, where an
# interrupted run goes on, and another build is refused (REPORT_RUN names another one); what
# was measured then takes the place of what the report had of these experiments.
REPORT     ?= docs/report
REPORT_RUN ?= .bench/report
.PHONY: report
report: build rogchap ## every experiment in full, into docs/report: 55 minutes on a quiet machine; ARGS='io' for one
	@$(MAKE) --no-print-directory $(PEERS_JS) || echo "==> what is not installed is left out"
	@status=0; original=; test ! -x .bench/isolane-rogchap || original="--rogchap .bench/isolane-rogchap"; \
	$(LAB_PATH) ./isolane experiment $(if $(ARGS),$(ARGS),all) --out $(REPORT_RUN) $$original || status=$$?; \
	test $$status -le 1 || exit $$status; \
	for data in $(REPORT_RUN)/*/data.jsonl; do \
		folder=$(REPORT)/$$(basename $$(dirname $$data)); \
		rm -rf $$folder && mkdir -p $$folder && cp $$data $$folder/; \
	done; \
	$(MAKE) --no-print-directory report-draw; exit $$status

.PHONY: report-draw
report-draw: build ## docs/report and docs/recommendations.md drawn anew from the raw data
	@./isolane report $(REPORT) --advice docs/recommendations.md

# The same command with the original V8 binding, which the experiment engines measures beside.
.PHONY: rogchap
rogchap: toolchain
	@mkdir -p .bench
	@$(GO) build -trimpath -tags '$(TAGS),rogchap' -ldflags '-s -w' -o .bench/isolane-rogchap ./cmd/isolane \
		|| { rm -f .bench/isolane-rogchap; echo "==> the original binding is not measured: it does not build here"; }

.PHONY: soak
soak: soak-stream soak-crashes soak-isolates soak-contexts ## the four soaks, 20 minutes

.PHONY: soak-crashes
soak-crashes: toolchain ## SOAK_CRASHES=10000 crashes in one process: does anything stay?
	@$(GO) run ./tools/jscost soak-crashes -n $(SOAK_CRASHES)

.PHONY: soak-isolates
soak-isolates: toolchain ## SOAK_ISOLATES=10000 isolates made and retired, and the bare binding's
	@$(GO) run ./tools/jscost soak-isolates -n $(SOAK_ISOLATES)

.PHONY: soak-contexts
soak-contexts: toolchain ## SOAK_CONTEXTS=20000 contexts of one isolate, and the bare binding's
	@$(GO) run ./tools/jscost soak-contexts -n $(SOAK_CONTEXTS)

.PHONY: soak-stream
soak-stream: toolchain ## SOAK_STREAM=10m of messages in a stream, while nodes and NATS are killed
	@ISOLANE_SOAK_STREAM=$(SOAK_STREAM) $(GO) test -count=1 -timeout 2h -run '^TestStreamSoak$$' -v ./cmd/isolane

.PHONY: sim
sim: toolchain ## clusters of 10, 100 and 1,000 members in one process, into docs/scale.md: 15 minutes
	@$(GO) run ./tools/clustersim $(ARGS)

# The image's binary leaves the embedded NATS server out, since containers have one
# beside them (9.8 MB), and holds ICU's data compressed (5.9 MB; jsruntime/v8/icudata says
# what that costs). IMAGE_TAGS=packedicu keeps the server.
IMAGE_TAGS ?= noserver,packedicu
ICU_DATA    = jsruntime/v8/icudata/icudt74.gz
ICU_WRAP    = -Wl,--wrap=udata_open_74 -Wl,--wrap=udata_openChoice_74
IMAGE_LDFLAGS = -s -w -extldflags "-static -Wl,--gc-sections $(if $(findstring packedicu,$(IMAGE_TAGS)),$(ICU_WRAP))"
IMAGE_GO    = $(GO) build -trimpath -buildvcs=$(VCS)
# Files in an image have this time, so that the same commit gives the same layers.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
IMAGE_TAR   = tar --sort=name --format=ustar --mtime=@$(SOURCE_DATE_EPOCH) --numeric-owner --mode=u=rwX,go=rX
CA_BUNDLE  ?= /etc/ssl/certs/ca-certificates.crt

.PHONY: image
image: image-root ## IMAGE=isolane:dev, FROM scratch, around the static binary
	@command -v docker >/dev/null || { echo "make image needs docker (apt-get install docker.io); make compose-test installs it" >&2; exit 1; }
	$(say) "docker build -t $(IMAGE)"
	@docker build --quiet --file deploy/Dockerfile --tag $(IMAGE) .image/node >/dev/null
	@docker image inspect --format '{{.Size}} bytes, {{.Id}}' $(IMAGE)

# The image's content, without Docker: .image/node/root.tar, the same bytes for the
# same commit, Go and certificates.
.PHONY: image-root
image-root: toolchain $(ICU_DATA)
	@test -r $(CA_BUNDLE) || { echo "make image needs certificates (apt-get install ca-certificates)" >&2; exit 1; }
	@rm -rf .image/node && mkdir -p .image/node/root/etc/ssl/certs .image/node/owned/tmp .image/node/owned/data
	$(say) "building the image's binary"
	@$(IMAGE_GO) -tags '$(TAGS),$(IMAGE_TAGS)' -ldflags '$(IMAGE_LDFLAGS)' -o .image/node/root/isolane ./cmd/isolane
	@cp $(CA_BUNDLE) .image/node/root/etc/ssl/certs/ca-certificates.crt
	@$(IMAGE_TAR) --owner=0 --group=0 -cf .image/node/root.tar -C .image/node/root etc isolane
	@$(IMAGE_TAR) --owner=65532 --group=65532 -rf .image/node/root.tar -C .image/node/owned data tmp
	@rm -rf .image/node/root .image/node/owned
	@sha256sum .image/node/root.tar

# ICU's data as libv8 has it, compressed; made anew when go.mod names another libv8.
$(ICU_DATA): go.mod
	@folder=$$($(GO) list -m -f '{{.Dir}}' github.com/tommie/v8go/deps/linux_$$($(GO) env GOARCH)); \
	work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	for archive in "$$folder"/libv8*.a; do \
		member=$$(ar t "$$archive" | grep 'icudtl_dat\.o$$' || true); \
		if test -n "$$member"; then ar p "$$archive" "$$member" >"$$work/icu.o"; fi; \
	done; \
	test -s "$$work/icu.o" || { echo "libv8 in $$folder has no ICU data: build with IMAGE_TAGS=noserver" >&2; exit 1; }; \
	objcopy -O binary -j .rodata "$$work/icu.o" "$$work/icu.dat"; \
	gzip -9nc "$$work/icu.dat" >$@.part; mv $@.part $@

.PHONY: test-icu
test-icu: toolchain $(ICU_DATA) ## the image's Intl data, compressed, against what Intl must give
	@$(GO) test -count=1 -tags '$(TAGS),packedicu' -ldflags '-extldflags "$(ICU_WRAP)"' ./jsruntime/v8/icudata

.PHONY: image-nats
image-nats: toolchain ## NATS_IMAGE=nats:local, the server that go.mod names, where no registry is reachable
	@command -v docker >/dev/null || { echo "make image-nats needs docker (apt-get install docker.io)" >&2; exit 1; }
	@rm -rf .image/nats && mkdir -p .image/nats/root .image/nats/owned/data
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o .image/nats/root/nats-server github.com/nats-io/nats-server/v2
	@$(IMAGE_TAR) --owner=0 --group=0 -cf .image/nats/root.tar -C .image/nats/root nats-server
	@$(IMAGE_TAR) --owner=65532 --group=65532 -rf .image/nats/root.tar -C .image/nats/owned data
	$(say) "docker build -t $(LOCAL_NATS_IMAGE)"
	@docker build --quiet --file deploy/nats.Dockerfile --tag $(LOCAL_NATS_IMAGE) .image/nats >/dev/null
	@docker image inspect --format '{{.Size}} bytes, {{.Id}}' $(LOCAL_NATS_IMAGE)
LOCAL_NATS_IMAGE ?= nats:local

COMPOSE = $(if $(shell docker compose version 2>/dev/null),docker compose,docker-compose)
# How many nodes compose-up and cluster start.
N ?= 3

.PHONY: compose-up
compose-up: image npm ## NATS and N=3 nodes in containers; NATS_IMAGE=nats:2 names the server's image
	@ISOLANE_IMAGE=$(IMAGE) $(COMPOSE) up --detach --scale node=$(N)
	$(say) "try: ./isolane invoke hello '{\"name\":\"Ada\"}'; stop with: make compose-down"

.PHONY: compose-down
compose-down: ## end the containers of compose-up
	@ISOLANE_IMAGE=$(IMAGE) $(COMPOSE) down --volumes

.PHONY: compose-test
compose-test: build npm ## the containers for real: load, one node killed, back again; needs Docker or root
	@GO='$(GO)' ./deploy/compose-test.sh

.PHONY: cluster
cluster: build npm ## N=3 nodes on this machine without Docker; Ctrl-C drains and ends them
	@$(GO) build -trimpath -tags '$(TAGS)' -o .bin/localcluster ./tools/localcluster
	@exec .bin/localcluster -n $(N) -isolane ./isolane -functions $(FUNCTIONS) $(ARGS)

CHAOS_PAGE ?= docs/chaos.md
SEED       ?= 1
.PHONY: chaos
chaos: build ## real processes killed, frozen, cut off under load, into docs/chaos.md: 10 minutes; SEED=1, ARGS='-only kill'
	@if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		for tool in iproute2:ip iptables:iptables; do \
			command -v $${tool#*:} >/dev/null || { echo "==> installing $${tool%%:*}"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $${tool%%:*} >/dev/null; }; \
		done; \
	fi
	@$(GO) build -trimpath -tags '$(TAGS)' -o .bin/chaos ./tools/chaos
	@exec .bin/chaos -isolane ./isolane -seed $(SEED) $(if $(ARGS),$(ARGS),-page $(CHAOS_PAGE))

.PHONY: ci
ci: lint test ## what .ci/run checks, and then that the tree is clean
	@if test -n "$$(git status --porcelain)"; then echo "the tree is not clean:"; git status --short; exit 1; fi

.PHONY: clean
clean: ## remove what the targets above made, but for .data/
	@rm -rf isolane .bin .bench .image $(ICU_DATA) examples/ids/node_modules tools/npmcheck/node_modules cmd/isolane/internal/types/npm/node_modules

# What the targets need.

.PHONY: toolchain
toolchain:
	@command -v $(GO) >/dev/null || { echo "Go is missing: install Go 1.26 from https://go.dev/dl/ and put its bin folder on PATH" >&2; exit 1; }
	@for tool in gcc g++; do command -v $$tool >/dev/null || { echo "$$tool is missing, V8 is linked with it: apt-get install gcc g++" >&2; exit 1; }; done
	@platform=$$($(GO) env GOOS)_$$($(GO) env GOARCH); \
	if test -z "$$($(GO) list -m -f '{{.Dir}}' github.com/tommie/v8go/deps/$$platform 2>/dev/null)"; then \
		echo "==> downloading Go modules, V8's library for $$platform among them (about 40 MB, unpacked 200 MB): a minute or two, once"; \
	fi

.PHONY: webvendor
webvendor: toolchain ## the JavaScript libraries of the web APIs and of isolane test, bundled anew
	@npm ci --prefix jsruntime/webapi/npm --ignore-scripts --no-audit --no-fund --loglevel=error
	@npm ci --prefix cmd/isolane/internal/functest/npm --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(GO) run ./tools/webvendor $(ARGS)

NPM_STAMP := examples/ids/node_modules/.package-lock.json
NPM_CHECK := tools/npmcheck/node_modules/.package-lock.json
NPM_TYPES := cmd/isolane/internal/types/npm/node_modules/.package-lock.json

.PHONY: npm
npm: $(NPM_STAMP)

# The packages that tools/npmcheck tries in functions.
.PHONY: npm-check
npm-check: $(NPM_CHECK) $(NPM_TYPES)

# TypeScript, which checks what isolane types writes.
$(NPM_TYPES): cmd/isolane/internal/types/npm/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "==> npm ci for cmd/isolane/internal/types (TypeScript)"; \
		npm ci --prefix cmd/isolane/internal/types/npm --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
			|| echo "==> npm ci failed: the tests of the declarations fail"; \
	else \
		echo "==> npm is not installed: the declarations of isolane types are not checked (apt-get install npm)"; \
	fi

.PHONY: types
types: toolchain $(NPM_TYPES) ## the declarations of isolane types, made anew of what the runtime has
	@$(GO) test -count=1 -run '^TestMembers$$' ./cmd/isolane/internal/types -rewrite
	@node cmd/isolane/internal/types/npm/pick.mjs > cmd/isolane/internal/types/web.d.ts.part
	@mv cmd/isolane/internal/types/web.d.ts.part cmd/isolane/internal/types/web.d.ts

$(NPM_CHECK): tools/npmcheck/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "==> npm ci for tools/npmcheck (eight packages)"; \
		npm ci --prefix tools/npmcheck --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
			|| echo "==> npm ci failed: the test of npm packages fails"; \
	else \
		echo "==> npm is not installed: npm packages are not tried (apt-get install npm)"; \
	fi

$(NPM_STAMP): examples/ids/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "==> npm ci for examples/ids (one small package)"; \
		npm ci --prefix examples/ids --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
			|| echo "==> npm ci failed: the example ids is left out"; \
	else \
		echo "==> npm is not installed: the example ids, which shows an npm package, is left out (apt-get install npm)"; \
	fi

$(BIN)/golangci-lint: Makefile
	$(say) "installing $(GOLANGCI_LINT): about 5 minutes on two cores, once"
	@GOBIN=$(BIN) $(GO) install $(GOLANGCI_LINT) && touch $@

$(BIN)/gofumpt: Makefile
	$(say) "installing $(GOFUMPT)"
	@GOBIN=$(BIN) $(GO) install $(GOFUMPT) && touch $@

$(BIN)/benchstat: Makefile
	$(say) "installing $(BENCHSTAT)"
	@GOBIN=$(BIN) $(GO) install $(BENCHSTAT) && touch $@

$(BIN)/buf: Makefile
	$(say) "installing $(BUF): about 5 minutes on two cores, once"
	@GOBIN=$(BIN) $(GO) install $(BUF) && touch $@

$(BIN)/templ: Makefile
	$(say) "installing $(TEMPL)"
	@GOBIN=$(BIN) $(GO) install $(TEMPL) && touch $@

$(BIN)/protoc-gen-go: Makefile
	$(say) "installing $(PROTOC_GEN_GO)"
	@GOBIN=$(BIN) $(GO) install $(PROTOC_GEN_GO) && touch $@
