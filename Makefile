# `make help` lists the targets.
#
# Demo, tests and benchmarks share one release build, so that nothing is compiled twice: the flag
# that lets tests see internal names is used everywhere, and the tests are built by `swift build`
# because `swift test` passes the compiler flags of its own.

BUILD := -c release -Xswiftc -enable-testing $(if $(MPI),--traits MPI)
DEMO := .build/release/lifted compare auto-encoder --methods lifted-hybrid back-propagation
DEMO_FOLDER := runs/demo
DEMO_FLAGS :=
TEST_FLAGS :=
BENCH_FLAGS :=
VENV := .venv-bench
DOCUMENTED := Tensors Proximal Lifted Distributed Imaging Interchange Runs
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks

.PHONY: help demo test test-mpi build format lint bench rates docs clean setup
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## train a denoising auto-encoder by lifting and by back-propagation, side by side
	swift build $(BUILD) --product lifted
	$(DEMO) --folder $(DEMO_FOLDER) $(DEMO_FLAGS)

test: setup ## run all tests
	swift build $(BUILD) --product LiftedPackageTests
	swift test $(BUILD) --skip-build --disable-xctest $(TEST_FLAGS)

test-mpi: setup ## test training by several ranks; installs Open MPI
	@Scripts/setup --mpi
	Scripts/test-mpi

build: setup ## build the tool and all it needs; with MPI=1 it can be started by mpirun
	swift build $(BUILD) --product lifted

format: ## rewrite the Swift sources in the house style
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint: ## check the style and print the sizes of files and functions
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@Scripts/sizes Sources

bench: setup $(VENV)/ready ## compare our training step with PyTorch's
	swift build $(BUILD) --product lifted-benchmarks
	$(VENV)/bin/python Benchmarks/compare.py $(BENCH_FLAGS)

$(VENV)/ready: Benchmarks/requirements.txt
	@Scripts/setup --python
	@echo "bench: installing PyTorch into $(VENV) (several GB with the default package index)"
	python3 -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --requirement $<
	@touch $@

rates: setup ## measure how fast the block solvers converge, in iterations
	swift build $(BUILD) --product lifted-benchmarks
	.build/release/lifted-benchmarks rates

docs: setup ## write the documentation to .build/docs
	swift package --allow-writing-to-directory .build/docs generate-documentation \
	  $(DOCUMENTED:%=--target %) --enable-experimental-combined-documentation \
	  --output-path .build/docs

clean: ## remove everything that was built
	rm -rf .build .build-mpi $(VENV)

setup:
	@Scripts/setup
