# make book: environment, chapters executed, HTML compiled.  make pdf: the same on paper.  make test: all but the slow tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Neighbouring tests, which share a model, stay together until one process has no more and takes from the other.
TWO_AT_A_TIME := -n 2 --dist worksteal

.PHONY: book pdf test env cluster smoke lint lock clean

book: env
	$(BIN)/python -m colorize_lib book

pdf: env
	$(BIN)/python -m colorize_lib book --pdf

test: env
	$(BIN)/python -m pytest $(TWO_AT_A_TIME)
	KERAS_BACKEND=jax $(BIN)/python -m pytest $(TWO_AT_A_TIME) -m "backend and not slow" tests/models

smoke: env
	$(BIN)/python -m colorize_lib book --params params/smoke.yaml

env: $(READY)

# Ray, for a study on several machines.
cluster: env
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-cluster.txt

# The stamp is written last, so that an installation that failed half way is taken up again. Compiled here once, since
# the bytecode of TensorFlow and Keras takes 10 seconds in each process of a machine that keeps none.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed and $(PYTHON) is %d.%d: run make PYTHON=python3.12" % v)'
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@if command -v uv >/dev/null 2>&1; then UV=uv; \
	elif $(BIN)/python -m pip install --quiet uv; then UV=$(BIN)/uv; else UV=; fi; \
	if [ -n "$$UV" ]; then \
	  $$UV pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt && \
	  $$UV pip install --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install --require-hashes -r requirements.txt && \
	  $(BIN)/python -m pip install --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

lint: env
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

# Compiles the locks anew from requirements.in; needs uv.
lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --quiet \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt
	echo "jax[cuda12]" | uv pip compile - --universal --generate-hashes --python-version 3.11 --quiet \
	  --custom-compile-command "make lock" --constraint requirements.txt -o requirements-gpu.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --quiet \
	  --custom-compile-command "make lock" --constraint requirements.txt requirements-cluster.in \
	  -o requirements-cluster.txt

clean:
	rm -rf _build book/executed
