# make quickstart    pictures of presets; then train on avatars, export, ask
# make test          lint, then every quick test
# make parity        our metrics beside torch-fidelity, clean-fid, lpips, prdc
# make compatibility  exports loaded by other versions of TensorFlow
# make docs          the site of docs/, with the reference, into site/
# make tutorials     runs the notebooks of docs/tutorials/, keeps what they show
# make package      sdist and wheel in dist/, checked, installed and tried
# The other targets: lint, slow, golden, benchmark, clean.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RUN := quickstart
# One TensorFlow process a core is faster than one process on all of them.
JOBS ?= 2
# Each takes 2 GB in build/ and some minutes.
TENSORFLOWS := 2.19 2.20 2.21
PYTEST := $(BIN)/python -m pytest
CAPTION_1 := "a person with long pink hair and sunglasses, in a green shirt on a white background"
CAPTION_2 := "a surprised person with a black mohawk, wearing a yellow sweater on a pink background"
CAPTION_3 := "a smiling person in a blue checkered shirt with a red beanie and glasses on a gray background"

ifndef PYTHON
PYTHON := $(shell for python in python3.11 python3.12 python3; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	2>/dev/null && echo $$python && break; done)
endif

export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: quickstart test lint slow golden parity compatibility benchmark clean
.PHONY: docs tutorials package install
.DELETE_ON_ERROR:

install: $(STAMP)

$(BIN)/python:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	  || { echo "tfragan needs Python 3.11 or 3.12: none was found; name one with make PYTHON=<path>." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e '.[dev]'
	touch $@

quickstart: $(STAMP)
	$(BIN)/tfragan sample --preset=ssagan_avatars --count=3 --sheet --masks \
	  $(foreach caption,1 2 3,--caption=$(CAPTION_$(caption))) \
	  --output=$(RUN)/preset/pictures
	$(BIN)/tfragan sample --preset=dmgan_avatars --attention \
	  --caption=$(CAPTION_1) --output=$(RUN)/preset/words
	$(BIN)/tfragan edit --preset=ragan_edit_avatars --input=$(RUN)/preset/pictures \
	  $(CAPTION_2) $(CAPTION_3) --output=$(RUN)/preset/edited
	$(BIN)/tfragan colorize --preset=ragan_colorize_avatars \
	  --input=$(RUN)/preset/pictures $(CAPTION_2) $(CAPTION_3) \
	  --output=$(RUN)/preset/colored
	$(BIN)/tfragan translate --preset=ugatit_avatars --data=avatars --count=5 \
	  --panels --output=$(RUN)/preset/translated
	$(BIN)/tfragan train --config=ssagan_avatars --workdir=$(RUN)/ssagan \
	  --config.steps=2000 --config.network.penalty_every=4 --config.precision=auto
	$(BIN)/tfragan evaluate --workdir=$(RUN)/ssagan --nountrained
	$(BIN)/tfragan export --workdir=$(RUN)/ssagan --output=$(RUN)/serving/ssagan
	$(BIN)/python tfragan/cli/ask_saved_model.py $(RUN)/serving/ssagan \
	  $(RUN)/answers $(CAPTION_1) $(CAPTION_2) $(CAPTION_3)
	$(BIN)/tfragan report $(RUN)/ssagan --output=$(RUN)/index.html

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(PYTEST) -n $(JOBS) --dist loadfile

slow: $(STAMP)
	$(PYTEST) -m slow

golden: $(STAMP)
	$(PYTEST) -n $(JOBS) --dist loadfile -m golden

parity: $(STAMP)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e '.[dev,parity]'
	$(PYTEST) -p tests.parity.torchvision_first tests/parity

compatibility: $(STAMP) $(TENSORFLOWS:%=build/compatibility/%/.installed)
	$(PYTEST) -m compatibility tests/export/compatibility_test.py

build/compatibility/%/.installed:
	$(PYTHON) -m venv build/compatibility/$*
	build/compatibility/$*/bin/python -m pip install --disable-pip-version-check \
	  --quiet 'tensorflow==$*.*' 'tensorflow-text==$*.*'
	touch $@

docs: $(STAMP)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e '.[dev,docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

tutorials: $(STAMP)
	$(BIN)/python -m tests.docs.notebooks

# What an earlier build has left would be in the wheel.
package: $(STAMP)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e '.[dev,release]'
	rm -rf build/bdist.* build/lib dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(PYTEST) -m slow tests/end_to_end/installed_wheel_test.py

benchmark: $(STAMP)
	$(BIN)/python -m benchmarks

clean:
	rm -rf build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache $(RUN)
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
