# `make` shows the targets. Everything is built in release, tests included: one configuration, compiled once.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

APR := .build/release/apr
SETUP := Tools/setup
WORK := demo/work
BASE := $(WORK)/smollm2-135m
LOGS := .build/logs

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------------------------------------------- build

.PHONY: build
build: ## Build apr in release (.build/release/apr)
	@$(SETUP)/system-packages.sh build
	swift build -c release --product apr

# A stamp beside the program, so that a second `make demo` does not even ask SwiftPM.
APR_BUILT := .build/apr.built
$(APR_BUILT): $(shell find Package.swift Sources -type f)
	@$(SETUP)/system-packages.sh build
	swift build -c release --product apr
	@touch $@

# ---------------------------------------------------------------------------------------------------- installing

PREFIX ?= /usr/local
DIST := .build/dist
STATIC := .build/static
# What is installed, and where the files are put together. The tests give the ordinary program here.
PROGRAM := $(STATIC)/apr
TREE := $(STATIC)/tree
SYSTEM = $(shell uname -s | tr A-Z a-z)-$(shell uname -m)
VERSION = $(shell sed -n 's/.*"\([0-9][0-9.]*\)".*/\1/p' Sources/FineTuning/ProductVersion.swift)

# One program that needs no Swift runtime where it runs. --static-swift-stdlib reaches every module, so that this
# compiles everything, packages too, in a directory of its own.
$(STATIC)/apr: $(shell find Package.swift Sources -type f)
	@$(SETUP)/system-packages.sh build
	swift build -c release --product apr --static-swift-stdlib --scratch-path $(STATIC)/build
	strip -o $@ $(STATIC)/build/release/apr

# Everything that is installed, under the paths it is installed to.
$(TREE)/.ready: $(PROGRAM) Tools/man/generate.py LICENSE
	@rm -rf $(@D)
	@install -D -m 755 $(PROGRAM) $(@D)/bin/apr
	@python3 Tools/man/generate.py $(PROGRAM) $(@D)/share/man/man1
	@mkdir -p $(@D)/share/bash-completion/completions $(@D)/share/zsh/site-functions $(@D)/share/fish/vendor_completions.d
	@$(PROGRAM) --generate-completion-script bash > $(@D)/share/bash-completion/completions/apr
	@$(PROGRAM) --generate-completion-script zsh > $(@D)/share/zsh/site-functions/_apr
	@$(PROGRAM) --generate-completion-script fish > $(@D)/share/fish/vendor_completions.d/apr.fish
	@install -D -m 644 LICENSE $(@D)/share/doc/apr/LICENSE
	@touch $@

.PHONY: install
install: $(TREE)/.ready ## Install the static program, its man pages and completions under PREFIX (/usr/local)
	@mkdir -p $(DESTDIR)$(PREFIX)
	cp -r $(TREE)/bin $(TREE)/share $(DESTDIR)$(PREFIX)/

.PHONY: dist
dist: $(TREE)/.ready ## Make an archive of the same, with its SHA-256, in .build/dist
	@mkdir -p $(DIST)
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@$$(git log -1 --format=%ct) \
	    --transform 's,^\.,apr-$(VERSION),' --exclude=.ready -I 'gzip -n' \
	    -C $(TREE) -cf $(DIST)/apr-$(VERSION)-$(SYSTEM).tar.gz .
	cd $(DIST) && sha256sum apr-$(VERSION)-$(SYSTEM).tar.gz | tee apr-$(VERSION)-$(SYSTEM).tar.gz.sha256

.PHONY: bare-check
bare-check: $(STATIC)/apr ## Run the static program in a bare Debian and on an older processor (needs root, debootstrap, qemu-user)
	Tools/dist/bare_check.sh $(STATIC)/apr

# ---------------------------------------------------------------------------------------------------- tests

# Fetching and compiling go side by side, because the one waits for the network and the other for the processor.
.PHONY: test
test: ## Run every test: units, parity with PyTorch, interoperability (about 26 minutes the first time)
	@$(SETUP)/system-packages.sh test
	@$(MAKE) --no-print-directory -j2 build-tests test-environment
	@$(MAKE) --no-print-directory test-swift test-python

# With APR_HUB the package has the Hub that the tests publish to and pull from (Tests/LoopbackHub).
HUB := .build/release/loopback-hub
.PHONY: build-tests
build-tests:
	@$(SETUP)/system-packages.sh test
	APR_HUB=1 swift build -c release --build-tests

.PHONY: test-environment
test-environment: venv $(WORK)/smollm2-135m.gguf

.PHONY: build-hub
build-hub:
	@$(SETUP)/system-packages.sh build
	APR_HUB=1 swift build -c release --product loopback-hub

.PHONY: hub
hub: build-hub ## Start a HuggingFace Hub on this machine, for trying publish and pull by hand
	@Tools/hub/start.sh $(HUB)

.PHONY: test-swift
test-swift: build-tests ## Run the Swift tests
	@mkdir -p $(LOGS)
	APR_HUB=1 swift test -c release --skip-build 2>&1 | tee $(LOGS)/swift.log

# Each worker takes whole files, because the tests of a file share what is expensive to make. A worker holds 2 GB.
PYTEST_WORKERS ?= 2
.PHONY: test-python
test-python: build-tests test-environment ## Run the Python tests, against the real HuggingFace stacks
	@mkdir -p $(LOGS)
	.venv/bin/python -m pytest Tests/Python --numprocesses $(PYTEST_WORKERS) --dist loadfile $(PYTEST_FLAGS) 2>&1 | tee $(LOGS)/python.log

# The address sanitizer looks at what reads bytes and counts in C; the thread sanitizer at what has threads. Each has a
# scratch directory of its own, because all modules are compiled anew, and only those that its tests need. Optimised as elsewhere:
# unoptimised, the tests of the arithmetic take half an hour. Leaks are not looked for: Swift's runtime keeps what it has made.
ADDRESS_TESTS := PlatformTests|JSONCoreTests|CheckpointIOTests|TextTokenizationTests|ModelImportTests|TransformerModelsTests|BackendCPUTests
THREAD_TESTS := BackendCPUTests|FineTuningTests
# Of FineTuning, what saves beside training, is stopped, or used by several tasks at once.
THREAD_SUITES := BackendCPUTests|OverlappedSavingTests|SaveFaultTests.*while.training|StoppingTests|ClassifierTests|AccumulationTests

.PHONY: test-sanitizers
test-sanitizers: test-address test-thread ## Run Swift tests under the address and the thread sanitizer

.PHONY: test-address
test-address:
	@$(SETUP)/system-packages.sh test
	@mkdir -p $(LOGS)
	APR_TESTS='$(ADDRESS_TESTS)' ASAN_OPTIONS=detect_leaks=0:malloc_context_size=8 \
	    swift test -c release --sanitize address --scratch-path .build/address 2>&1 | tee $(LOGS)/address.log

.PHONY: test-thread
test-thread:
	@$(SETUP)/system-packages.sh test
	@mkdir -p $(LOGS)
	APR_TESTS='$(THREAD_TESTS)' swift test -c release --sanitize thread --scratch-path .build/thread \
	    --filter '$(THREAD_SUITES)' 2>&1 | tee $(LOGS)/thread.log

.PHONY: venv
venv: .venv/.ready .venv4/.ready ## Make the two Python environments of the tests

.venv/.ready: Tools/requirements-stack5.txt Tools/vocab/requirements.txt $(SETUP)/python-venv.sh
	$(SETUP)/python-venv.sh

.venv4/.ready: Tools/requirements-stack4.txt $(SETUP)/python-venv4.sh .venv/.ready
	$(SETUP)/python-venv4.sh

.PHONY: lint
lint: ## Check the form of sources, retired words, arrows between modules, guides
	@$(SETUP)/system-packages.sh test
	python3 Tools/lint/words.py
	python3 Tools/lint/arrows.py
	python3 Tools/lint/guides.py
	swift format lint --strict --recursive --parallel Sources Tests Benchmarks Fuzz Package.swift
	shellcheck .ci/run $(SETUP)/*.sh Tools/hub/*.sh Tools/demo/*.sh Tools/dist/*.sh Fuzz/run.sh

.PHONY: sizes
sizes: ## Show the size of every source file's target, and the largest files
	@python3 Tools/sizes.py

# ---------------------------------------------------------------------------------------------------- demo

RECIPE := --epochs 3 --max-seq-length 256 --batch-size 8 --learning-rate 1e-3 --target-modules all-linear

.PHONY: demo
demo: ## Fine-tune a real base on the shipped corpus, evaluate, predict (under 15 minutes on 2 cores)
	@$(SETUP)/system-packages.sh demo
	@$(MAKE) --no-print-directory $(WORK)/demo/result.txt
	@cat $(WORK)/demo/result.txt

.PHONY: demo-full
demo-full: ## The same on the whole corpus, beside TF-IDF + logistic regression
	@$(SETUP)/system-packages.sh test
	@$(MAKE) --no-print-directory $(WORK)/full/result.txt
	@cat $(WORK)/full/result.txt

.PHONY: demo-data
demo-data: ## Generate the demo's corpus again (demo/data)
	python3 Tools/corpus/generate.py
	python3 Tools/corpus/demo_subset.py

$(WORK)/smollm2-135m.gguf: $(SETUP)/base-model.sh
	$(SETUP)/base-model.sh $@

# `|` : a newer apr alone does not make finished work unfinished.
$(BASE)/config.json: $(WORK)/smollm2-135m.gguf | $(APR_BUILT)
	rm -rf $(BASE)
	$(APR) import $< -o $(BASE)
	@touch $@

$(WORK)/demo/result.txt: demo/data/demo_train.jsonl demo/data/demo_test.jsonl demo/sentences.jsonl $(BASE)/config.json | $(APR_BUILT)
	Tools/demo/run.sh $(BASE) demo/data/demo_train.jsonl demo/data/demo_test.jsonl $(WORK)/demo \
	    $(RECIPE) --val-split 0.1 --metric-for-best macro_f1 --class-weights none

# The full test set is the shipped one and lines of real Debian scripts, which are fetched and not committed.
$(WORK)/full/result.txt: demo/data/train.jsonl $(WORK)/test-with-debian.jsonl demo/sentences.jsonl $(BASE)/config.json $(WORK)/baseline/.ready | $(APR_BUILT)
	BASELINE_PYTHON=$(WORK)/baseline/bin/python \
	    Tools/demo/run.sh $(BASE) demo/data/train.jsonl $(WORK)/test-with-debian.jsonl $(WORK)/full \
	    $(RECIPE) --val-split 0 --class-weights inverse

$(WORK)/test-with-debian.jsonl: demo/data/test.jsonl $(WORK)/debian_test.jsonl
	cat $^ > $@

$(WORK)/debian_test.jsonl: Tools/corpus/fetch_debian_lines.py
	python3 Tools/corpus/fetch_debian_lines.py --out $@

$(WORK)/baseline/.ready: Tools/requirements-baseline.txt
	python3 -m venv $(WORK)/baseline
	$(WORK)/baseline/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	@touch $@

# ---------------------------------------------------------------------------------------------------- long runs

.PHONY: accuracy
accuracy: venv $(BASE)/config.json build-tests ## Compare with HF Trainer over an epoch, three seeds (hours); writes docs/results
	.venv/bin/python Tools/accuracy/compare.py

# APR_FAMILIES=bytes,bare names some of the families.
.PHONY: test-tokenizer-keys
test-tokenizer-keys: venv build-tests ## Give each key of a tokenizer's files to each family, in both transformers (an hour)
	APR_KEYS=each .venv/bin/python -m pytest Tests/Python/test_auto_tokenizer.py $(PYTEST_FLAGS)

# Cells that stand in docs/results/defaults are not run again. `STAGE=2` and `MINUTES=90` bound a call.
.PHONY: defaults
defaults: venv $(APR_BUILT) $(BASE)/config.json ## Search the default settings on real data sets (hours; goes on where it stopped); writes docs/results
	.venv/bin/python Tools/defaults/sets.py
	.venv/bin/python Tools/defaults/baselines.py
	.venv/bin/python Tools/defaults/search.py $(if $(STAGE),--stage $(STAGE)) $(if $(MINUTES),--minutes $(MINUTES))
	.venv/bin/python Tools/defaults/judge.py
	.venv/bin/python Tools/defaults/report.py

# Each campaign draws from a seed, ends with exit status 1 when an outcome was wrong, and writes its counts to docs/results.
# CAMPAIGN_FLAGS="--apr FILE" judges another program, "--seed N" draws others.
.PHONY: campaign-kill
campaign-kill: venv build-tests ## End commands from outside, more than 260 times (a quarter of an hour); writes docs/results
	.venv/bin/python Tools/campaigns/kill.py $(CAMPAIGN_FLAGS)

.PHONY: campaign-powercut
campaign-powercut: venv build-tests ## Cut the power in 120 moments of whole runs (minutes); writes docs/results
	.venv/bin/python Tools/campaigns/powercut.py $(CAMPAIGN_FLAGS)

.PHONY: hub-live
hub-live: build venv ## With HF_TOKEN: publish to a throw-away private repository on the real Hub, load it, delete it
	.venv/bin/python Tools/hub/live.py

.PHONY: hub-speed
hub-speed: venv build-tests ## Publish and pull a file of 1 GB over loopback, beside huggingface_hub (minutes); writes docs/results
	.venv/bin/python Tools/hub/speed.py

.PHONY: campaign-hub
campaign-hub: venv build-tests ## Tell publish and pull 300 lies of a Hub, drawn by a seed (a quarter of an hour); writes docs/results
	.venv/bin/python Tools/hub/campaign.py $(CAMPAIGN_FLAGS)

.PHONY: campaign-input
campaign-input: venv build-tests ## Give every reader hostile input, 9,000 files drawn by a seed (ten minutes); writes docs/results
	.venv/bin/python Tools/campaigns/input.py $(CAMPAIGN_FLAGS)

.PHONY: campaign-numbers
campaign-numbers: build venv ## Replace every number of every file and flag by hostile ones, 50,000 cases (an hour); writes docs/results
	.venv/bin/python Tests/Python/hostile_numbers.py

# ---------------------------------------------------------------------------------------------------- benchmarks

BENCHMARKS := .build/release/benchmarks
MODE ?= short

BENCHMARKS_BUILT := .build/benchmarks.built
$(BENCHMARKS_BUILT): $(shell find Package.swift Sources Benchmarks/kernels Benchmarks/COpenBLAS -type f)
	@$(SETUP)/system-packages.sh bench
	APR_BENCHMARKS=1 swift build -c release --product benchmarks
	@touch $@

.PHONY: bench
bench: $(BENCHMARKS_BUILT) $(BASE)/config.json ## Time every operation of a step against what the machine can do
	$(BENCHMARKS) kernels $(BASE)/config.json | python3 Benchmarks/table.py

.PHONY: bench-peer
bench-peer: venv $(APR_BUILT) $(BENCHMARKS_BUILT) $(BASE)/config.json ## Compare with HF Trainer + PEFT in turns; writes docs/PERFORMANCE.md
	.venv/bin/python Tools/vocab/make_vocabularies.py .build/vocabularies
	.venv/bin/python Benchmarks/peer/bench.py --mode $(MODE) $(if $(PAIRS),--pairs $(PAIRS)) $(if $(MINUTES),--minutes $(MINUTES)) \
	    $(if $(ITEMS),--items $(ITEMS)) $(if $(FRESH),--fresh)

.PHONY: bench-growth
bench-growth: $(APR_BUILT) $(BASE)/config.json ## Show how cost grows with length, batch, rank, threads, size; writes docs/results
	python3 Benchmarks/growth.py $(if $(LARGER),--larger $(LARGER))

# One program with all fuzz targets, instrumented; a scratch directory of its own, because every module is compiled anew.
# lld, because gold does not let SwiftPM's `main` stand beside libFuzzer's.
FUZZ_BUILD := APR_FUZZ=1 swift build -c release --scratch-path .build/fuzz -Xswiftc -sanitize=fuzzer,address \
	-Xswiftc -use-ld=lld --product fuzz

.PHONY: fuzz
fuzz: build ## Fuzz every reader with libFuzzer (an hour; FUZZ_SECONDS=300 each); writes docs/results
	$(FUZZ_BUILD)
	Fuzz/run.sh .build/fuzz/release/fuzz $(APR) $(FUZZ_TARGETS)

.PHONY: clean
clean: ## Remove what was built and what the demo made
	rm -rf .build $(WORK)
