# Every target is one command, the same that CI runs. `make help` lists them.
PYTHON ?= python3.11 python3.12 python3.13 python3
PY := .venv/bin/python
INSTALLED := .venv/installed
DEVELOPED := .venv/developed
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r
# uv fetches side by side, several times as fast as pip; pip is for where it can't reach the index, since it reads other settings.
INSTALL = @sed -n '/^uv==/,/ via/p' requirements-dev.txt > .venv/uv.txt; \
  $(PIP) .venv/uv.txt && $(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r $(1) || $(PIP) $(1)
RUN = $(PY) -m pipelines $(if $(WORKERS),launch $(1) --workers '$(WORKERS)',run $(1)) $(if $(DATA),--data '$(DATA)') $(if $(PRESET),--preset '$(PRESET)') $(ARGS)

# Without bytecode on disk each process compiles TensorFlow's sources again: 15 seconds instead of 6.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo medical-imaging sentiment speech tabular time-series report serve lint types imports test test-all quick-tests all-tests fuzz docs schemas results goals bench lock clean clean-cache

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'
	@echo
	@echo "  A pipeline takes DATA=path (or DATA=tfds:name) PRESET=name WORKERS=2 ARGS='--set train.epochs=3'; without DATA it runs on synthetic data."

install: $(INSTALLED) ## Make the environment in .venv from the lock file
$(PY):
	@for python in $(PYTHON); do \
	  if "$$python" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	  then exec "$$python" -m venv .venv; fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 with venv under: $(PYTHON). Install one (Debian, Ubuntu: sudo apt install python3-venv; macOS: brew install python@3.12) or name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 2
$(INSTALLED): requirements.txt | $(PY)
	@echo "Setting up .venv, once: 850 MB are fetched, 2.7 GB on disk. Minutes without a line follow."
	$(call INSTALL,requirements.txt)
	@touch $@
$(DEVELOPED): requirements-dev.txt | $(PY)
	@echo "Setting up .venv for developers, once: 1.0 GB is fetched, 3.3 GB on disk. Minutes without a line follow."
	$(call INSTALL,requirements-dev.txt)
	@touch $@ $(INSTALLED)

demo: $(INSTALLED) ## Set up, then all five pipelines end to end on bundled synthetic data
	@$(PY) -m pipelines demo

medical-imaging: $(INSTALLED) ## Image classification, for example DATA=ham10000 PRESET=ham10000
	@$(call RUN,medical_imaging)
sentiment: $(INSTALLED) ## Text classification, for example DATA=sst2 PRESET=sst2
	@$(call RUN,sentiment)
speech: $(INSTALLED) ## Spoken-word classification, for example DATA=fsdd PRESET=fsdd
	@$(call RUN,speech)
tabular: $(INSTALLED) ## Rows of a table into classes, for example DATA=table.csv
	@$(call RUN,tabular)
time-series: $(INSTALLED) ## Forecasting, for example DATA=ETTh1.csv PRESET=etth1
	@$(call RUN,time_series)

report: $(INSTALLED) ## Make the report of a run again: RUN_DIR=runs/sentiment/latest
	@$(PY) -m pipelines report '$(RUN_DIR)'

serve: $(INSTALLED) ## Serve what was published, or runs, on this machine: MODELS=published
	@$(PY) -m pipelines serve $(or $(MODELS),published) $(ARGS)

lint: $(DEVELOPED)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
types: $(DEVELOPED)
	.venv/bin/mypy
imports: $(DEVELOPED)
	.venv/bin/lint-imports
# What one processor checks while the other begins with the tests; each says what it found at its end.
BESIDE = @$(MAKE) --no-print-directory --jobs=3 types imports
test: lint ## Set up, then lint, types, import rules and tests
	$(BESIDE) quick-tests
test-all: lint ## The same with the slow checks
	$(BESIDE) all-tests
quick-tests: $(DEVELOPED)
	.venv/bin/pytest -q -n 2 --dist loadgroup -m 'not slow'
all-tests: $(DEVELOPED)
	.venv/bin/pytest -q -n 2 --dist loadgroup

fuzz: $(DEVELOPED) ## Give every reader thousands of damaged files: EXAMPLES=2000
	$(PY) -m tests.fuzz --examples $(or $(EXAMPLES),2000)

docs: $(DEVELOPED) ## Write again what pages show of the code: docs/settings.md, excerpts
	$(PY) -m cli.settings_page
	$(PY) -m tests.contract.excerpts

schemas: $(DEVELOPED) ## Write docs/schema/ from the models of the artefacts
	$(PY) -m shared.run.artefacts.schemas

results: $(DEVELOPED) ## Train on the real datasets below DATA and write the tables of docs/results.md: DATA=folder
	$(PY) -m benchmarks.results '$(DATA)' $(if $(ONLY),--only '$(ONLY)')

goals: $(DEVELOPED) ## Train what docs/results.md has goals for, over several seeds: DATA=folder SEEDS="0 1 2"
	$(PY) -m benchmarks.results.goals '$(DATA)' --seeds $(or $(SEEDS),0 1 2) $(if $(ONLY),--only '$(ONLY)')

bench: $(DEVELOPED) ## Measure speed; prints a line for each benchmark
	$(PY) -m benchmarks.evaluation
	$(PY) -m benchmarks.data_loading
	$(PY) -m benchmarks.distributed

COMPILE := .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --quiet
lock: $(DEVELOPED) ## Resolve pyproject.toml again into requirements.txt (users) and requirements-dev.txt (all)
	$(COMPILE) --extra dev --extra tfds --extra dicom --extra pretrained --output-file requirements-dev.txt
	cp requirements-dev.txt requirements.txt # the same versions
	$(COMPILE) --output-file requirements.txt

clean-cache: ## Say the size of the cache of prepared examples and remove it
	@cache=$${PLUMBLINE_CACHE_DIR:-.cache/plumbline}; du -sh "$$cache" 2>/dev/null || echo "$$cache: nothing there"; rm -rf "$$cache"
clean: ## Remove runs and tool caches
	rm -rf runs .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
