# Muster: `make run` starts it, `make test` tests it. Everything they need goes into .venv/.
# PORT (8000) and MUSTER_HOME (.muster/) are honoured; PYTHON chooses the Python to build on.

PY = .venv/bin/python
# Processes of the tests: as many as the cores of the smallest machine that they are run on.
WORKERS = 2

.PHONY: run test check format bench lock freeze simulate diagrams

run:
	@scripts/bootstrap.sh requirements.txt
	@exec $(PY) manage.py up

test:
	@scripts/bootstrap.sh requirements-dev.txt
	@scripts/test-needs.sh
	@PYTHONDONTWRITEBYTECODE= exec $(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check:
	@scripts/bootstrap.sh requirements-dev.txt
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command as c; c()"
	$(PY) -m djlint templates --lint --quiet
	$(PY) manage.py check
	DATABASE_URL=sqlite://:memory: $(PY) manage.py makemigrations --check --dry-run

format:
	@scripts/bootstrap.sh requirements-dev.txt
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench:
	@scripts/bootstrap.sh requirements.txt
	@exec $(PY) scripts/bench.py $(ARGS)

lock:
	@scripts/lock.sh

# Twenty seeded moments at which a demo agent is frozen; docs/proof.md records a run.
freeze:
	@scripts/bootstrap.sh requirements-dev.txt
	@MUSTER_FREEZE_SEEDS=20 exec $(PY) -m pytest tests/journeys/test_freezing.py $(ARGS)

# A hundred thousand steps with every fault there is; docs/proof.md records a run.
simulate:
	@scripts/bootstrap.sh requirements.txt
	@exec $(PY) manage.py simulate --steps 100000 $(ARGS)

diagrams:
	@scripts/bootstrap.sh requirements.txt
	@exec $(PY) -m workspace.diagram
