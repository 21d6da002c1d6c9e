# make app: the dashboard. make test: all tests but the long ones (make proof), everything they need included. Both work on a fresh machine.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
IMAGE_CHECK := ../shared/tools/image-check
# Without compiled copies of the tests each process would spend four seconds on compiling them, whatever the shell says.
PYTEST := env PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
# Whole groups of files, in the order of tests/conftest.py. Three processes also on two cores: a part of the time each waits for
# a training, a browser or a server. With four the trainings of one starve another.
BESIDE := --dist loadscope --no-loadscope-reorder

.PHONY: app setup setup-dev browser test proof fuzz audit figures test-quick lint format messages docs presets bench load restless sweeps soak image-check compose-check clean

app: setup ## the dashboard on http://localhost:8501
	$(BIN)/streamlit run app.py --server.port $(PORT)

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/.created:
	command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: requirements.txt | $(VENV)/.created
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

browser: setup-dev ## a Chromium for the tests: the one that is there, else Debian's, else Playwright's own
	$(BIN)/python tests/browser.py

test: setup-dev browser ## unit tests, real MNIST, real processes, a real browser
	$(PYTEST) -n 3 $(BESIDE)

proof: setup-dev browser ## the long ones: processes killed, whole pages walked through with a real pointer
	$(BIN)/python -m pytest -m proof

fuzz: setup-dev ## 20,000 requests and 4,000 damaged files
	$(BIN)/python -m pytest --hypothesis-profile=fuzz tests/test_fuzz.py tests/test_store.py -k "fuzz or bytes_that" --timeout 1800

figures: setup-dev browser ## what the pages cost: bytes, time from event to picture, a decode, a change of page
	$(BIN)/python -m pytest -m "slow or proof" -q -s tests/test_map_figures.py tests/test_train_page.py -k "light or how_long"

audit: setup ## known vulnerabilities of what is installed; needs the internet
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/pip freeze > $(VENV)/audit/installed.txt
	$(VENV)/audit/bin/pip-audit --no-deps --disable-pip -r $(VENV)/audit/installed.txt

test-quick: setup-dev ## the tests that need neither the real data nor a browser
	$(PYTEST) -m "not slow and not proof" -n 2 $(BESIDE)

lint: setup-dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: setup-dev ## collect the sentences for the translators and compile the catalogues
	$(BIN)/python -m server.locales.messages

docs: ## the tree of modules in docs/architecture.md, from their first lines
	$(PYTHON) -m docs.tree

presets: setup ## train anew what ships with the app
	$(BIN)/python -m autoencoder presets

bench: setup ## speed, beside Keras, PyTorch and the machine's own rate
	$(BIN)/python -m benchmarks

load: setup-dev browser ## fifty people at once, three of them at real browsers; writes docs/load.md
	$(BIN)/python -m benchmarks.load --report docs/load.md

restless: setup-dev ## forty people, and ten who open and leave pages at random in ten tabs each; writes docs/restless.md
	$(BIN)/python -m benchmarks.load --browsers 0 --people 40 --restless 10 --report docs/restless.md

sweeps: setup-dev ## fifty people who each sweep four values while ten others train; writes docs/sweeps.md
	$(BIN)/python -m benchmarks.load --browsers 0 --people 10 --sweeps 50 --report docs/sweeps.md

soak: setup-dev ## three quarters of an hour of people coming and going
	$(BIN)/python -m benchmarks.load --browsers 0 --minutes 45 --report docs/soak.md

image-check: setup-dev browser ## build the image and try it as a container, with a browser; as root, no Docker needed
	@[ -x $(IMAGE_CHECK) ] || { echo "There is no $(IMAGE_CHECK) here. With Docker: docker compose up --build"; exit 1; }
	HEALTH_PATH=/healthz WHILE_UP="PYTHONPATH=. $(BIN)/python tests/image.py" $(IMAGE_CHECK) . $(PORT)

compose-check: setup-dev browser ## both profiles of compose.yaml, with a Docker engine: up, trained on, workers killed, down, up again
	docker compose --file compose.yaml build
	PYTHONPATH=. $(BIN)/python tests/compose_up.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
