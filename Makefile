# Every target is one command, the same that CI runs. `make help` lists them.
PYTHON ?= python3.11
PY := .venv/bin/python
INSTALLED := .venv/installed
RUN = $(PY) -m pipelines $(if $(WORKERS),launch $(1) --workers '$(WORKERS)',run $(1)) $(if $(DATA),--data '$(DATA)') $(if $(PRESET),--preset '$(PRESET)') $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help install demo medical-imaging sentiment speech time-series report serve lint types imports test test-all fuzz docs schemas results goals bench lock clean clean-cache

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'
	@echo
	@echo "  A pipeline takes DATA=path (or DATA=tfds:name) PRESET=name WORKERS=2 ARGS='--set train.epochs=3'; without DATA it runs on synthetic data."

install: $(INSTALLED) ## Make the environment in .venv from the lock file
$(INSTALLED): requirements.txt
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

demo: $(INSTALLED) ## Set up, then all four pipelines end to end on bundled synthetic data
	@$(PY) -m pipelines demo

medical-imaging: $(INSTALLED) ## Image classification, for example DATA=ham10000 PRESET=ham10000
	@$(call RUN,medical_imaging)
sentiment: $(INSTALLED) ## Text classification, for example DATA=sst2 PRESET=sst2
	@$(call RUN,sentiment)
speech: $(INSTALLED) ## Spoken-word classification, for example DATA=fsdd PRESET=fsdd
	@$(call RUN,speech)
time-series: $(INSTALLED) ## Forecasting, for example DATA=ETTh1.csv PRESET=etth1
	@$(call RUN,time_series)

report: $(INSTALLED) ## Make the report of a run again: RUN_DIR=runs/sentiment/latest
	@$(PY) -m pipelines report '$(RUN_DIR)'

serve: $(INSTALLED) ## Serve what was published, or runs, on this machine: MODELS=published
	@$(PY) -m pipelines serve $(or $(MODELS),published) $(ARGS)

lint: $(INSTALLED)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
types: $(INSTALLED)
	.venv/bin/mypy
imports: $(INSTALLED)
	.venv/bin/lint-imports
test: lint types imports ## Set up, then lint, types, import rules and tests
	.venv/bin/pytest -q -n 2 --dist loadgroup -m 'not slow'
test-all: lint types imports ## The same with the slow checks
	.venv/bin/pytest -q -n 2 --dist loadgroup

fuzz: $(INSTALLED) ## Give every reader thousands of damaged files: EXAMPLES=2000
	$(PY) -m tests.fuzz --examples $(or $(EXAMPLES),2000)

docs: $(INSTALLED) ## Write again what pages show of the code: docs/settings.md, excerpts
	$(PY) -m cli.settings_page
	$(PY) -m tests.contract.excerpts

schemas: $(INSTALLED) ## Write docs/schema/ from the models of the artefacts
	$(PY) -m shared.run.artefacts.schemas

results: $(INSTALLED) ## Train on the real datasets below DATA and write the tables of docs/results.md: DATA=folder
	$(PY) -m benchmarks.results '$(DATA)' $(if $(ONLY),--only '$(ONLY)')

goals: $(INSTALLED) ## Train what docs/results.md has goals for, over several seeds: DATA=folder SEEDS="0 1 2"
	$(PY) -m benchmarks.results.goals '$(DATA)' --seeds $(or $(SEEDS),0 1 2) $(if $(ONLY),--only '$(ONLY)')

bench: $(INSTALLED) ## Measure speed; prints a line for each benchmark
	$(PY) -m benchmarks.evaluation
	$(PY) -m benchmarks.data_loading
	$(PY) -m benchmarks.distributed

lock: $(INSTALLED) ## Resolve pyproject.toml into requirements.txt again
	.venv/bin/uv pip compile pyproject.toml --extra dev --extra dicom --extra pretrained --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.txt

clean-cache: ## Say the size of the cache of prepared examples and remove it
	@cache=$${PLUMBLINE_CACHE_DIR:-.cache/plumbline}; du -sh "$$cache" 2>/dev/null || echo "$$cache: nothing there"; rm -rf "$$cache"
clean: ## Remove runs and tool caches
	rm -rf runs .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
