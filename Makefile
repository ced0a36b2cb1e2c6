# `make run` needs nothing but Python 3.11.5 or newer and a package index. Every target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .workshop
PIP := $(BIN)/python -m pip --disable-pip-version-check
# strict nbval; tests/notebooks/nbval_guard.py counts what a dead kernel leaves undone as failed.
# The time limits only guard against hanging; nbval waits for a dead kernel until the cell's limit.
NBVAL := $(BIN)/python -m pytest --nbval --nbval-cell-timeout=600 --nbval-kernel-startup-timeout=300 \
	-c tests/notebooks/pytest.ini
# a notebook per core, each with one thread: sooner done than one after the other with all of them
IN_PARALLEL := OMP_NUM_THREADS=1 xargs -r -n 1 -P $(shell getconf _NPROCESSORS_ONLN) sh -c \
	'out=$$($(NBVAL) "$$0" 2>&1); code=$$?; echo "$$out"; exit $$code'
# the unit tests as well: a module's tests stay together, their fixtures are made once. xdist 3.8 waits for ever after
# it has replaced a process that died, so none is replaced: the rest runs in the others, and the tests fail
UNIT := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope --max-worker-restart=0 \
	-o faulthandler_timeout=600
# BASE: what `make test-changed` compares with; origin/main, or the last commit where there is none
BASE ?=
# WHEELHOUSE: a folder that `make wheelhouse` filled; packages then come from it alone
ifdef WHEELHOUSE
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(abspath $(WHEELHOUSE))
endif
# OUTPUTS: `make lab OUTPUTS=keep` leaves new working copies their outputs
OUTPUTS := clear

# BOOK: the folder that `make book` fills anew
BOOK := book

# LANGUAGE: zh runs the Chinese edition on Chinese texts, with a model that knows Chinese
ZH := $(filter zh,$(LANGUAGE))
# … and opens the Chinese start page, which a Chinese locale does too
LAB_ZH := $(if $(filter zh%,$(subst :, ,$(or $(LANGUAGE),$(LC_ALL),$(LANG)))),zh/)

.PHONY: help run lab slides assignment book hub wheelhouse test test-changed test-all test-slow test-browser test-real build check bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5) and "Python 3.11.5 or newer is needed; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing what the main job needs (about 2 GB on disk) …"
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.zh: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "正在安装运行中文主任务所需的软件包（约占 2 GB 磁盘）……"
	$(PIP) install --quiet --constraint constraints.txt --editable '.[zh]'
	@touch $@ $(VENV)/.run

# the kernel's PATH: so that `!talentlab` works in a notebook however its JupyterLab was started
$(VENV)/.dev: pyproject.toml constraints.txt course/jupyterlab.json | $(VENV)/bin/python
	@echo "$(if $(LAB_ZH),正在安装全部软件包……,installing everything …)"
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@$(BIN)/python -m ipykernel install --sys-prefix --env PATH '$(CURDIR)/$(BIN):$${PATH}' >/dev/null
	@mkdir -p $(VENV)/share/jupyter/lab/settings && cp course/jupyterlab.json $(VENV)/share/jupyter/lab/settings/overrides.json
	@touch $@ $(VENV)/.run

# an instructor's tools over the same packages: what they add to JupyterLab does not reach the learners'
$(TOOLS)/.done: course/workshops/requirements.txt $(VENV)/.dev
	$(BIN)/python -m venv $(TOOLS)
	@site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
		echo "import site; site.addsitedir('$$site')" >$(TOOLS)/$${site#$(CURDIR)/$(VENV)/}/learners.pth
	$(TOOLS)/bin/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt -r $<
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m alembic "$$@"\n' >$(TOOLS)/bin/alembic  # nbgrader calls it
	@chmod +x $(TOOLS)/bin/alembic
	@touch $@

$(TOOLS)/.proxy: $(TOOLS)/.done
	@npm --version >/dev/null || { echo "the hub's proxy is a Node.js program: install Node.js 20 or newer, with npm"; exit 1; }
	npm install --silent --prefix $(TOOLS) configurable-http-proxy@5.3.0
	@touch $@

run: $(VENV)/.$(or $(ZH),run)  ## fine-tune the bundled model on the bundled texts: chapter 5, headless; LANGUAGE=zh: in Chinese
	@$(if $(ZH),TALENTLAB_LANGUAGE=zh )$(BIN)/talentlab run $(if $(ZH),zh/05 --preset zh,05)

# a terminal's shell is named: what JupyterLab takes without a terminal of its own, a login shell, sets another PATH
lab: $(VENV)/.dev  ## open the course in JupyterLab, in working copies of your own: work/
	@$(if $(LAB_ZH),TALENTLAB_LANGUAGE=zh )$(BIN)/talentlab work --outputs=$(OUTPUTS)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab work/$(LAB_ZH)00_start.ipynb --ServerApp.root_dir="$(CURDIR)" \
		--ServerApp.terminado_settings="shell_command=$${SHELL:-/bin/sh}"

slides: $(VENV)/.dev  ## every chapter as slides in slides/, from the notebooks; LANGUAGE=zh: in Chinese
	$(if $(ZH),TALENTLAB_LANGUAGE=zh )$(BIN)/talentlab workshop slides

book: $(TOOLS)/.done  ## all chapters in both languages as pages with a search, to read without a network: book/index.html
	@rm -rf $(BOOK)
	@for language in en zh; do TALENTLAB_LANGUAGE=$$language $(TOOLS)/bin/sphinx-build --quiet --fail-on-warning --fresh-env \
		--jobs auto --conf-dir course/book --doctree-dir build/book/$$language . $(BOOK)/$$language || exit 1; done
	@rm -r $(BOOK)/jupyter_execute && cp course/book/index.html $(BOOK) && echo $(BOOK)/index.html

assignment: $(TOOLS)/.done  ## CHAPTER=05: its exercises as an nbgrader assignment in assignments/; LANGUAGE=zh: in Chinese
	$(if $(ZH),TALENTLAB_LANGUAGE=zh )$(BIN)/talentlab workshop assignment $(CHAPTER)

hub: $(TOOLS)/.proxy  ## a room on this machine: HUB_SEATS=6 HUB_PASSWORD=… HUB_ADDRESS=http://0.0.0.0:8000; LANGUAGE=zh: in Chinese
	$(if $(ZH),TALENTLAB_LANGUAGE=zh )$(TOOLS)/bin/jupyterhub -f course/hub/jupyterhub_config.py

wheelhouse: $(VENV)/bin/python  ## every package in one folder, to install from without a network: make lab WHEELHOUSE=wheelhouse
	$(PIP) wheel --quiet --wheel-dir wheelhouse --constraint constraints.txt '.[dev]' setuptools wheel
	@rm -f wheelhouse/talentlab-*.whl && du -sh wheelhouse

test: check  ## unit tests, lint and drift, strict nbval over both editions in one execution
	$(UNIT) tests/unit tests/notebooks
	@files=$$($(BIN)/talentlab combine) && echo "$$files" | $(IN_PARALLEL)

test-changed: check  ## of `test`, the unit tests and chapters that a change since BASE touches: for daily work
	@tests=$$($(BIN)/talentlab changed-tests --since $(BASE)) && \
		{ [ -z "$$tests" ] || $(UNIT) $$tests; }
	@files=$$($(BIN)/talentlab combine --since $(BASE)) && echo "$$files" | $(IN_PARALLEL)

test-all: test test-slow test-browser test-real  ## `test`, and every slower tier

test-slow: $(TOOLS)/.done  ## environment, README's commands, several processes
	$(BIN)/python -m pytest tests/slow

test-browser: $(TOOLS)/.done  ## JupyterLab in a headless Chromium, where there is one
	$(BIN)/python -m pytest tests/browser

test-real: $(VENV)/.dev  ## real public data sets, where they are: TALENTLAB_REAL_DATA, or ../shared/data
	$(BIN)/python -m pytest tests/real_data

build: $(VENV)/.dev  ## make the notebooks from course/chapters
	$(BIN)/talentlab build

check: $(VENV)/.dev  ## lint, format, types, drift
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/talentlab check

bench: $(VENV)/.dev  ## training speed beside transformers.Trainer (half an hour, on a quiet machine)
	$(BIN)/python tests/bench/training_speed.py

clean:  ## remove the environment and everything that can be made again (runs stay)
	rm -rf $(VENV) $(TOOLS) artifacts build lib/*.egg-info .pytest_cache .mypy_cache .ruff_cache
