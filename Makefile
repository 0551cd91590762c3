# Muster: `make run` starts it, `make test` tests it. Everything they need goes into .venv/.
# PORT (8000) and MUSTER_HOME (.muster/) are honoured; PYTHON chooses the Python to build on.

PY = .venv/bin/python

.PHONY: run test check format bench lock

run:
	@scripts/bootstrap.sh requirements.txt
	@exec $(PY) manage.py up

test:
	@scripts/bootstrap.sh requirements-dev.txt
	@scripts/test-needs.sh
	@exec $(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

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
