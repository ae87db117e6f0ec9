# Everything that limn needs to be built, tested and measured. `make help` lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := build

PREFIX ?= /usr/local
PACKAGES := libopenblas-dev libpng-dev libturbojpeg0-dev libwebp-dev libsqlite3-dev pkg-config python3-pip
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: packages
packages: ## install the Debian packages that limn is built with, and fetch the data files
	$(SUDO) apt-get update -qq
	$(SUDO) apt-get install -y -qq --no-install-recommends $(PACKAGES)
	weights/fetch.sh

.PHONY: build
build: ## the release binary with its weights and the Swift runtime in it, left at ./limn
	weights/fetch.sh
	swift build -c release --product limn --static-swift-stdlib
	strip -o .build/limn.stripped "$$(swift build -c release --show-bin-path)/limn"
	weights/pack.sh .build/limn.stripped limn

# Tests look into the modules; a build folder of their own keeps the product from being built again.
TEST_FLAGS := -c release -Xswiftc -enable-testing --scratch-path .build-test

.PHONY: test
test: ## every test, optimised: the kernels are slow otherwise
	swift test $(TEST_FLAGS)

.PHONY: smoke
smoke: build ## paint a picture with the bundled model and read it back
	set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	./limn "a red apple" --seed 1 --output "$$folder/apple.png"; ./limn inspect "$$folder/apple.png"

# Code that the kernel modules share with each other must not be compiled for one's instructions: the linker keeps one copy.
.PHONY: portable
portable: build ## make sure that only the AVX kernels use AVX
	@objdump -d --no-show-raw-insn "$$(swift build -c release --show-bin-path)/limn" | \
	awk '/^[0-9a-f]+ <.*>:$$/ { name = $$2 } /\tv[a-z0-9]+ +.*%[xyz]mm/ && name ~ /^<\$$s/ && name !~ /KernelsAVX/ { print name; bad = 1 } END { exit bad }'

.PHONY: lint
lint: ## the format of the sources
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

.PHONY: format
format: ## rewrite the sources in the project's format
	swift format -i --recursive --parallel Sources Tests Package.swift

.PHONY: bench
bench: build ## time the bundled model on this machine
	for run in 1 2 3; do ./limn "a red apple" --seed 1 --json --output "$$(mktemp -d)/apple.png"; done

# Needs a folder with scripts that time other programs (`peers.sh`, which takes a program of one's own), and jq.
ROUNDS ?= 2

.PHONY: bench-peers
bench-peers: build ## time limn and other programs in turn (PEERS names the folder of their scripts)
	@test -x "$(PEERS)/peers.sh" || { echo "PEERS names the folder that holds peers.sh: make bench-peers PEERS=../peers"; exit 2; }
	Tests/System/bench-peers.sh "$(PEERS)" "$(ROUNDS)" ./limn

# Needs what full_size_sdxl.py writes, a Python with openvino besides what the references need, 20 GB of memory and an hour.
.PHONY: bench-sdxl
bench-sdxl: build ## time SDXL in limn, torch and OpenVINO in turn (SDXL names a checkpoint of Tests/Reference/full_size_sdxl.py)
	@test -d "$(SDXL)" || { echo "SDXL names a checkpoint: python Tests/Reference/full_size_sdxl.py sdxl && make bench-sdxl SDXL=sdxl"; exit 2; }
	PYTHON="$(REFERENCE_PYTHON)" ROUNDS="$(ROUNDS)" Tests/System/bench-sdxl.sh "$(SDXL)" ./limn

.PHONY: bench-report
bench-report: ## time reports over a million made-up runs (RUNS says how many)
	LIMN_REPORT_RUNS=$(or $(RUNS),1000000) swift test $(TEST_FLAGS) --filter ScaleTests

# Needs Chromium, and a Python with axe-core: pip install axe-playwright-python
CHECK_PYTHON ?= python3

.PHONY: check-report
check-report: ## look for accessibility errors in a report's page (CHECK_PYTHON names a Python with axe-core)
	set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	LIMN_REPORT_PAGE="$$folder/report.html" swift test $(TEST_FLAGS) --filter InventedPageTests; \
	"$(CHECK_PYTHON)" Tests/Accessibility/check_report.py "$$folder/report.html" $(SCREENSHOTS)

# Needs Chromium, and a Python with playwright and axe-core: pip install playwright axe-playwright-python
.PHONY: check-studio
check-studio: build ## walk through the studio's page in Chromium, with axe-core at every step (PARTS names some of them)
	"$(CHECK_PYTHON)" Tests/Studio/check_studio.py ./limn $(PARTS)

# Slug, prompt and style of the README's pictures.
PICTURES := apple:a-red-apple:3d fox:a-fox:flat rocket:a-rocket:3d robot:a-robot:3d owl:an-owl:flat cat:a-cat:ink \
	three:three-apples-and-a-banana:3d pair:a-cat-and-a-dog:3d stars:five-stars:flat green:a-green-cat:3d \
	penguins:two-penguins:3d mushroom:a-mushroom:3d house:a-house:flat snowman:a-snowman:3d strawberry:a-strawberry:3d \
	guitar:a-guitar:gradient castle:a-castle:3d night:an-owl-at-night:3d \
	pixel:a-rocket:pixel watercolor:an-owl:watercolor sketch:a-castle:sketch halftone:a-strawberry:halftone \
	blueprint:a-house:blueprint mosaic:a-fish:mosaic

.PHONY: pictures
pictures: build ## paint the README's pictures again
	mkdir -p docs/pictures
	for picture in $(PICTURES); do IFS=: read -r name prompt style <<< "$$picture"; \
	./limn "$${prompt//-/ }" --style "$$style" --seed 7 --output "docs/pictures/$$name.png" || exit 1; done

.PHONY: install
install: build place ## copy limn, its weights, manual pages and completions under PREFIX (default /usr/local)

SHARE = $(DESTDIR)$(PREFIX)/share
ZSH_COMPLETIONS ?= zsh/site-functions

.PHONY: place
place:
	set -e; limn="$$(swift build -c release --show-bin-path)/limn"; \
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(SHARE)/bash-completion/completions" \
	"$(SHARE)/$(ZSH_COMPLETIONS)" "$(SHARE)/fish/vendor_completions.d"; \
	install --strip "$$limn" "$(DESTDIR)$(PREFIX)/bin/limn"; \
	weights/pack.sh "$(DESTDIR)$(PREFIX)/bin/limn" "$(DESTDIR)$(PREFIX)/bin/limn"; \
	install -d "$(DESTDIR)$(PREFIX)/lib/systemd/system" "$(DESTDIR)$(PREFIX)/lib/sysusers.d"; \
	sed "s|/usr/bin/limn|$(PREFIX)/bin/limn|" docs/systemd/limn.service > "$(DESTDIR)$(PREFIX)/lib/systemd/system/limn.service"; \
	install -m 644 docs/systemd/limn.socket "$(DESTDIR)$(PREFIX)/lib/systemd/system/limn.socket"; \
	install -m 644 docs/systemd/limn.sysusers "$(DESTDIR)$(PREFIX)/lib/sysusers.d/limn.conf"; \
	"$$limn" manual "$(SHARE)/man/man1"; \
	"$$limn" --generate-completion-script bash > "$(SHARE)/bash-completion/completions/limn"; \
	"$$limn" --generate-completion-script zsh > "$(SHARE)/$(ZSH_COMPLETIONS)/_limn"; \
	"$$limn" --generate-completion-script fish > "$(SHARE)/fish/vendor_completions.d/limn.fish"

# The libraries that are left to link name their packages themselves.
DEB := .build/deb

.PHONY: deb
deb: build ## a Debian package, limn_VERSION_ARCHITECTURE.deb
	rm -rf $(DEB); mkdir -p $(DEB)/debian $(DEB)/tree/DEBIAN
	$(MAKE) --no-print-directory place PREFIX=/usr DESTDIR="$(abspath $(DEB)/tree)" ZSH_COMPLETIONS=zsh/vendor-completions
	gzip -9n $(DEB)/tree/usr/share/man/man1/*.1
	install -D -m 644 LICENSE $(DEB)/tree/usr/share/doc/limn/copyright
	chmod -R u+rwX,go+rX,go-w $(DEB)/tree
	printf 'Source: limn\n\nPackage: limn\nArchitecture: any\n' > $(DEB)/debian/control
	set -e; version="$$($(DEB)/tree/usr/bin/limn --version | cut -d ' ' -f 2)"; architecture="$$(dpkg --print-architecture)"; \
	depends="$$(cd $(DEB) && dpkg-shlibdeps -O tree/usr/bin/limn | sed 's/shlibs:Depends=//')"; \
	printf '%s\n' "Package: limn" "Version: $$version" "Architecture: $$architecture" "Section: graphics" "Priority: optional" \
	"Maintainer: limn <limn@localhost>" "Depends: $$depends" \
	"Installed-Size: $$(du -sk $(DEB)/tree/usr | cut -f 1)" \
	"Description: paints pictures from prompts on an ordinary CPU" \
	" limn paints with the small model that comes with it, and runs Stable Diffusion" \
	" checkpoints as published. It needs no graphics processor and no network." > $(DEB)/tree/DEBIAN/control; \
	dpkg-deb --root-owner-group -Zgzip --build $(DEB)/tree ".build/limn_$${version}_$$architecture.deb"

# The same sources give the same bytes: times come from the last commit, and the program knows no folder it was built in.
DIST := .build/dist

.PHONY: dist
dist: ## what a release is made of, in .build/dist: a tarball, a Debian package, their bill of materials, SHA256SUMS
	rm -rf $(DIST) .build/limn_*.deb; mkdir -p $(DIST)
	set -e; export SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct)"; $(MAKE) --no-print-directory deb; \
	version="$$(./limn --version | cut -d ' ' -f 2)"; name="limn-$$version-linux-$$(uname -m)"; tree="$(DIST)/$$name"; \
	mkdir -p "$$tree"; cp -a $(DEB)/tree/usr/bin $(DEB)/tree/usr/share "$$tree"; cp LICENSE README.md "$$tree"; \
	python3 docs/release/sbom.py "$$tree/bin/limn" "$$version" > "$(DIST)/$$name.spdx.json"; \
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX --mtime="@$$SOURCE_DATE_EPOCH" --format=ustar \
	-C $(DIST) -cf - "$$name" | gzip -9n > "$(DIST)/$$name.tar.gz"; \
	rm -rf "$$tree"; mv .build/limn_*.deb $(DIST); cd $(DIST); sha256sum -- * > SHA256SUMS; ls -l

.PHONY: image
image: deb ## a container image with nothing in it but limn and its libraries, .build/limn-image.tar (buildah, no network)
	SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct)" docs/release/image.sh $(DEB)/tree/usr/bin/limn limn .build/limn-image.tar

.PHONY: check-image
check-image: deb ## make the container image and run it (root; buildah curl)
	Tests/System/check-image.sh $(DEB)/tree/usr/bin/limn

.PHONY: check-dist
check-dist: ## build a release twice, in two folders, and compare every byte
	Tests/System/check-dist.sh

# What needs root, daemons or much time: not part of the tests.

.PHONY: check-deb
check-deb: deb ## install the package in a fresh Debian and paint there (root; debootstrap)
	Tests/System/check-deb.sh .build/limn_*.deb

.PHONY: check-slurm
check-slurm: build ## an array batch on a Slurm of four nodes, one of which is killed (root; slurm-wlm munge jq)
	Tests/System/check-slurm.sh ./limn

# Needs a Python with the clients that Tests/System/check-clients.py names.
.PHONY: check-clients
check-clients: build ## real clients of OpenAI's, A1111's, Hugging Face's API and MCP against limn serve
	"$(CHECK_PYTHON)" Tests/System/check-clients.py ./limn

.PHONY: check-remote
check-remote: build ## have a server paint for a limn elsewhere: pictures, batches, Ctrl-C, a server that is killed (jq curl)
	Tests/System/check-remote.sh ./limn

.PHONY: check-systemd
check-systemd: build ## have systemd-analyze look at the units of limn serve, and start it by a socket (curl python3)
	Tests/System/check-systemd.sh ./limn

# Needs promtool (Debian's prometheus), jq and curl.
.PHONY: check-metrics
check-metrics: build ## what limn serve tells Prometheus, and its log as JSON
	Tests/System/check-metrics.sh ./limn

.PHONY: kill-serve
kill-serve: build ## kill the server at fifty random moments: no job lost or painted twice
	python3 Tests/System/kill-serve.py ./limn 50

# Needs schemathesis (pip install schemathesis); SCHEMATHESIS names it where it is not on the path.
.PHONY: check-openapi
check-openapi: build ## generated requests against limn serve, by its own description of its API
	Tests/System/check-openapi.sh ./limn "$(or $(SCHEMATHESIS),schemathesis)"

.PHONY: load-serve
load-serve: build ## 200 clients at once for MINUTES (default 10): answers, memory, pictures a minute, positions
	python3 Tests/System/load-serve.py ./limn $(or $(MINUTES),10)

.PHONY: bench-batch
bench-batch: build ## a batch of 1,000 against its pure sampling and processes of their own; checking 10,000 lines (jq)
	Tests/System/bench-batch.sh ./limn
	Tests/System/bench-check.sh ./limn

.PHONY: kill-batch
kill-batch: build ## kill a batch of 200 at KILLS random instants (default 100), resuming it each time (jq)
	for jobs in 1 2; do Tests/System/kill-batch.sh ./limn $(or $(KILLS),100) $$jobs || exit 1; done

BENCH_RUNS ?= 1000000

# Needs openssl, and a Python with huggingface_hub.
.PHONY: check-store
check-store: build ## pull from a hub with TLS on this machine, as huggingface_hub does; kill it KILLS times (default 50)
	"$(CHECK_PYTHON)" Tests/System/check-store.py ./limn $(or $(KILLS),50)

.PHONY: bench-history
bench-history: ## time a history of BENCH_RUNS runs (default a million): inserting, searching
	LIMN_BENCH_RUNS=$(BENCH_RUNS) swift test $(TEST_FLAGS) --filter MillionRunsTests

.PHONY: kill-history
kill-history: ## kill limn at KILLS random instants (default 200) and look at what is left
	LIMN_KILLS=$(or $(KILLS),200) swift test $(TEST_FLAGS) --filter killedAtAnyInstant

.PHONY: test-users
test-users: build ## a shared installation with real users of the system; as root, on a machine to throw away
	Tests/Installation/shared_installation.sh ./limn weights

# Comparisons with diffusers. Not part of the tests: they need Python, torch and several minutes.
REFERENCE_PYTHON ?= python3

.PHONY: references
references: ## make the committed fixtures again, with diffusers (REFERENCE_PYTHON names a Python that has it)
	for script in Tests/Reference/*.py; do "$(REFERENCE_PYTHON)" "$$script" || exit 1; done

.PHONY: parity-vocabulary
parity-vocabulary: ## compare the tokens of 10,000 prompts with transformers, by CLIP's and Qwen's published vocabularies
	set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; weights/fetch.sh; \
	"$(REFERENCE_PYTHON)" Tests/Reference/vocabulary.py "$$folder/prompts.jsonl" 10000; \
	"$(REFERENCE_PYTHON)" Tests/Reference/vocabulary_qwen.py "$$folder/qwen.jsonl" 10000; \
	LIMN_PUBLISHED_PROMPTS="$$folder/prompts.jsonl" LIMN_QWEN_PROMPTS="$$folder/qwen.jsonl" \
	swift test $(TEST_FLAGS) --filter 'PublishedVocabularyTests|PublishedQwenTests'

FULL_MODEL ?= sd15
FULL_REFERENCE ?= .build/full-reference

.PHONY: parity-full
parity-full: ## compare one UNet evaluation of a full-size checkpoint with diffusers (FULL_MODEL names a diffusers folder)
	"$(REFERENCE_PYTHON)" Tests/Reference/full_size_unet.py "$(FULL_MODEL)" "$(FULL_REFERENCE)"
	LIMN_FULL_MODEL="$(abspath $(FULL_MODEL))" LIMN_FULL_REFERENCE="$(abspath $(FULL_REFERENCE))" \
	swift test $(TEST_FLAGS) --filter FullSizeTests
