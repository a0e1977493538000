# What to do with Snug's sources. `make` alone says what there is.
.DEFAULT_GOAL := help
.PHONY: help run dev test fmt lint generate dist packages bench profile soak

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build everything (web UI and node, optimised) and run it; ARGS="--listen …" are passed on
	cargo build --release
	./target/release/snug $(ARGS)

dev: ## Run the node and the web UI from their sources, with hot reload
	@scripts/dev.sh

test: ## Install what the tests need, then run all of them; ends in "N passed, N failed"
	@scripts/test.sh

fmt: ## Format all sources
	cargo fmt --all
	cd web-ui && npm run --silent format

lint: ## Check formatting and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cd web-ui && npm run --silent lint && npm run --silent typecheck

generate: ## Write what is made from the sources: API description, its typed client, example configuration
	SNUG_SKIP_UI=1 cargo build
	./target/debug/snug openapi > docs/openapi.json
	./target/debug/snug config example > packaging/snug.toml
	cd web-ui && npm run --silent generate

dist: ## Build the released program (static, musl) into dist/ and check it
	@scripts/dist.sh

packages: ## Make a whole release in dist/ for x86_64 and 64-bit Arm: archives, .deb, AUR, sources, checksums; tests the packages
	@scripts/packages.sh $(MACHINES)

bench: ## Measure the node beside floors and peers; ARGS="fanout durable" runs only these steps (benches/README.md)
	cargo build --release -p snug -p snug_bench
	./target/release/snug_bench $(ARGS)

profile: ## Record where the node's time goes under load; flame graphs and tables go to artifacts/profile/
	cargo build --release -p snug_bench
	RUSTFLAGS="-C force-frame-pointers=yes" cargo build --profile profiling --target-dir target/profiling -p snug
	./target/release/snug_bench profile --binary target/profiling/profiling/snug $(ARGS)

soak: ## 50 people with 3 devices each through everything that happens, 20,000 messages; everybody reads everything (20 to 60 minutes)
	SNUG_SKIP_UI=1 SNUG_SOAK=full cargo test --profile soak -p snug --test it -- --nocapture soak::
