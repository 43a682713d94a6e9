# Every target does all of its own set-up in .venv (tools/setup.sh); the second time that takes no time.
#   PYTHON=python3.13 make test      another interpreter
#   make test PART=core/index        a part of the tests, or of the benchmarks
#   make run ARGS='search "un gatto"'

BIN := .venv/bin

# hnswlib is otherwise built for this processor alone; see tools/setup.sh.
export HNSWLIB_NO_NATIVE := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo window test check run bench screenshots soak translations settings-page installer clean

help: ## Show what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do printf '%-14s %s\n' "$$name" "$$what"; done

setup: ## Make .venv, with all that is needed
	@tools/setup.sh

demo: setup ## Index the sample photos and find them by six Italian sentences
	@$(BIN)/python tools/demo.py $(ARGS)

window: setup ## Open the window on the sample photos; ARGS='--language en' and other options
	@$(BIN)/ritrova-desktop --demo $(ARGS)

test: setup ## Run the tests; PART=core/index runs those of one folder
	@$(BIN)/python -m pytest $(if $(PART),tests/$(PART)) $(ARGS)

check: setup ## Lint, formatting, types, import arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests tools benchmarks installer/*.py
	$(BIN)/lint-imports --no-logo

run: setup ## Run ritrova with ARGS
	@$(BIN)/ritrova $(ARGS)

bench: setup ## Measure speed and memory; PART=search ARGS='--count 100000' runs one part, FULL=1 the full sizes
	@$(BIN)/python benchmarks $(PART) $(if $(FULL),--full) -- $(ARGS)

screenshots: setup ## Take pictures of every page of the window; ARGS=--docs makes those of the README
	@$(BIN)/python tools/screenshots.py $(ARGS)

soak: setup ## Kill, fill the disk and index hostile files for as long as it takes; ARGS='--kills 60 --files 1000'
	@PYTHONPATH=tools nice $(BIN)/python -m soak --report build/soak.json $(ARGS)

translations: setup ## Gather the texts for people and compile the catalogue
	@$(BIN)/python tools/translations.py

settings-page: setup ## Write docs/settings.md from the settings
	@$(BIN)/python tools/settings_page.py

installer: setup ## Build the frozen application, and try it from another folder
	@$(BIN)/python -m pip install -q 'pyinstaller>=6.22,<7'
	nice $(BIN)/python -m PyInstaller --noconfirm --log-level WARN --workpath build/installer/work --distpath build/installer installer/ritrova.spec
	@rm -rf build/installer/work
	$(BIN)/python installer/smoke.py build/installer/Ritrova --pictures build/installer/pictures

clean: ## Remove .venv and all that was built
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
