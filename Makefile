# The verbs of the project. `make help` lists them. Each one makes the environment that it needs.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
SERVED := $(if $(ARTIFACT),--artifact $(ARTIFACT))
ARTIFACT ?= artifacts/tatoeba-en-de
PYTEST_ARGS ?=
IMAGE ?= dragoman
TORCH ?= cpu

# What `make evaluate` scores: any two aligned files.
SOURCE ?= data/tatoeba-en-de/test_tatoeba.en.gz
REFERENCE ?= data/tatoeba-en-de/test_tatoeba.de.gz
SOURCE_LANGUAGE ?= en
TARGET_LANGUAGE ?= de

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TOY_CONFIG := training/configs/toy-reverse.yaml
TOY_RUN := runs/toy-reverse

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help serve test test-fast test-nightly check format data gate evaluate train-toy bench image image-test check-deploy lock clean

help:  ## list the verbs
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/  make \1 \2/p' $(MAKEFILE_LIST) | \
	    while read -r make verb text; do printf '  %s %-10s  %s\n' "$$make" "$$verb" "$$text"; done

serve: $(VENV)/serve.stamp  ## start the service (HOST, PORT, ARTIFACT)
	$(BIN)/dragoman serve --host $(HOST) --port $(PORT) $(SERVED)

test: check  ## check, then every test, with warnings as errors (PYTEST_ARGS)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-fast: $(VENV)/dev.stamp  ## the tests that take less than ten seconds and start no service (PYTEST_ARGS)
	$(BIN)/python -m pytest -m "not slow and not nightly and not image" $(PYTEST_ARGS)

test-nightly: $(VENV)/dev.stamp  ## the laws with up to 10,000 examples each, and the tests that take minutes (PYTEST_ARGS)
	HYPOTHESIS_PROFILE=nightly OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "hypothesis or nightly" --timeout 0 \
	    --durations 0 $(PYTEST_ARGS)

check: $(VENV)/dev.stamp  ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp  ## rewrite the code in the project's style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

data: $(VENV)/dev.stamp  ## get the corpora of the artifacts, from a mirror beside the checkout or from its home
	$(BIN)/dragoman-train fetch --corpus tatoeba-en-de --corpus ebt-suttas-en-de --corpus multi30k \
	    --corpus tatoeba-en-fr --corpus tatoeba-en-es

gate: $(VENV)/dev.stamp  ## refuse an artifact whose served translations score below its floors (ARTIFACT)
	$(BIN)/dragoman-train gate --artifact $(ARTIFACT)

evaluate: $(VENV)/dev.stamp  ## score an artifact (ARTIFACT, SOURCE, REFERENCE, SOURCE_LANGUAGE, TARGET_LANGUAGE)
	$(BIN)/dragoman-train evaluate --artifact $(ARTIFACT) --source $(SOURCE) --reference $(REFERENCE) \
	    --source-language $(SOURCE_LANGUAGE) --target-language $(TARGET_LANGUAGE)

train-toy: $(VENV)/dev.stamp  ## the whole way in minutes on a CPU: make a toy pair, train, export, evaluate
	$(BIN)/dragoman-train toy
	$(BIN)/dragoman-train prepare $(TOY_CONFIG) --output $(TOY_RUN)/data
	$(BIN)/dragoman-train train $(TOY_CONFIG) --data $(TOY_RUN)/data --output $(TOY_RUN)
	$(BIN)/dragoman-train average $(TOY_RUN) --best 1
	$(BIN)/dragoman-train export $(TOY_CONFIG) --checkpoint $(TOY_RUN)/checkpoints/averaged.pt \
	    --data $(TOY_RUN)/data --output $(TOY_RUN)/artifact
	$(MAKE) evaluate ARTIFACT=$(TOY_RUN)/artifact SOURCE=data/toy-reverse/test.num \
	    REFERENCE=data/toy-reverse/test.rev SOURCE_LANGUAGE=num TARGET_LANGUAGE=rev

bench: $(VENV)/dev.stamp  ## serving against other ways to serve, in ten minutes: a table of ratios (ARTIFACT)
	$(BIN)/python -m benchmarks all --artifact $(ARTIFACT)

image: SUFFIX = $(patsubst %,-%,$(filter-out cpu,$(TORCH)))
image: VERSION = $(shell sed -nE 's/^version = "(.*)"$$/\1/p' pyproject.toml)
image:  ## build the service's image, dragoman:VERSION (IMAGE, ARTIFACTS, TORCH=cpu or cuda, WHEELS, IMAGE_ARGS)
	docker build --file docker/Dockerfile --tag $(IMAGE):$(VERSION)$(SUFFIX) --tag $(IMAGE):latest$(SUFFIX) \
	    --build-arg TORCH=$(TORCH) $(if $(ARTIFACTS),--build-arg ARTIFACTS=$(ARTIFACTS)) --build-arg VERSION=$(VERSION) \
	    --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(git log -1 --format=%cI) \
	    $(if $(WHEELS),--build-context wheels=$(WHEELS)) $(IMAGE_ARGS) .

image-test: $(VENV)/dev.stamp  ## build the images and try them with a real Docker engine (WHEELS)
	docker/image-test.sh

check-deploy: $(VENV)/dev.stamp  ## lint the Dockerfile, the compose file, the alert rules and the manifests
	docker/check.sh

lock: $(VENV)/dev.stamp  ## write the images' lock files anew from pyproject.toml (WHEELS, UPGRADE=1)
	WHEELS=$(WHEELS) UPGRADE=$(UPGRADE) docker/requirements/lock.sh

clean:  ## remove the environment and the caches; corpora and training runs stay
	rm -rf $(VENV) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || \
	    { echo "there is no $(PYTHON); on Debian and Ubuntu: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	    { echo "dragoman needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	    { echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/serve.stamp: pyproject.toml | $(VENV)/bin/python
	@echo "installing what the service needs into $(VENV); the first time takes minutes"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(VENV)/bin/python
	@echo "installing what training and the tests need into $(VENV); the first time takes minutes"
	@$(PIP) install --editable '.[training,dev]'
	@touch $(VENV)/serve.stamp $@
