# Every target works on a machine that has only Python (3.11 or newer), make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test install check bench docs pictures lint types format audit sbom torture mutants clean

demo: $(READY)
	@$(BIN)/verboice-sync demo

test: $(READY)
	@$(BIN)/python -m pytest

install: $(READY)

check: $(READY) lint types
	@$(BIN)/python -m pytest

lint: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(READY)
	@$(BIN)/mypy

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY)
	@$(BIN)/python -m tests.bench $(ARGS)

# The pages of docs/ as a site; a warning, such as a dead link, is a failure.
docs: $(READY)
	@$(BIN)/sphinx-build --quiet --fresh-env --fail-on-warning --nitpicky docs build/docs
	@echo "build/docs/index.html"

# The pictures in docs/, from the real program; needs Chromium and LibreOffice.
pictures: $(READY)
	@PYTHONPATH=. $(BIN)/python docs/pictures.py

# Asks an advisory service about each version of the lock, with a tool in a place of its own. What it does not know fails
# too; a finding that is argued in docs/advisories.md is left out.
audit: $(READY)
	@test -x $(VENV)/audit/bin/pip-audit || { $(BIN)/python -m venv $(VENV)/audit && \
	  $(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit; }
	@$(VENV)/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock \
	  $$(sed -n 's/^## \(GHSA-[^ ]*\|CVE-[^ ]*\|PYSEC-[^ ]*\).*/--ignore-vuln \1/p' docs/advisories.md)

# What is installed, as CycloneDX: names, versions, licences, who needs what; by a tool in a place of its own.
sbom: $(READY)
	@test -x $(VENV)/sbom/bin/cyclonedx-py || { $(BIN)/python -m venv $(VENV)/sbom && \
	  $(VENV)/sbom/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom; }
	@$(VENV)/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o sbom.json $(BIN)/python
	@echo "sbom.json: $$($(BIN)/python -c 'import json; print(len(json.load(open("sbom.json"))["components"]))') packages"

# Ten minutes of faults, kills, hostile files, ledger accidents and histories of calls; ARGS="--budget 60 --seed 7 --shard 2/4".
# On top comes a campaign of 5,000 people; ARGS="campaign --people 200" for nothing but a small one.
torture: $(READY)
	@$(BIN)/python -m tests.torture $(ARGS)

# Whether tests notice when the rooms that decide are changed; hours. ARGS=flows.contacts.guard* for a part of it.
mutants: $(READY)
	@test -x $(VENV)/mutants/bin/mutmut || { $(BIN)/python -m venv $(VENV)/mutants && \
	  $(VENV)/mutants/bin/pip install --quiet --disable-pip-version-check mutmut && \
	  $(BIN)/python -c 'import site; print(site.getsitepackages()[0])' \
	    > $$($(VENV)/mutants/bin/python -c 'import site; print(site.getsitepackages()[0])')/project.pth; }
	@$(VENV)/mutants/bin/mutmut run $(ARGS)
	@$(VENV)/mutants/bin/mutmut results

# The lock is complete, so nothing is resolved; hashes are checked by pip.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV); the first time takes a minute or two."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
