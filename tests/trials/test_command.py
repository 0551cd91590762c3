"""`manage.py trial`: figures with how they were measured, and an error where a promise broke."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agents.management.commands import trial
from agents.trials import report


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("trial", *words, stdout=out)
    return out.getvalue()


def test_a_table_says_how_and_where_it_was_measured() -> None:
    page = said("claims")
    for wanted in ("commit: ", "seeds: ", "machine: ", "judge: rules", report.OURS):
        assert wanted in page
    assert "| label |" in page


def test_sets_of_claim_pairs_stand_beside_each_other(tmp_path: Path) -> None:
    rows = json.loads((trial.PAIRS / "pairs.json").read_text())
    (tmp_path / "developed.json").write_text(json.dumps(rows[:40]))
    (tmp_path / "held_out.json").write_text(json.dumps(rows[40:60]))
    page = said("claims", "--pairs", str(tmp_path))
    assert page.count("| developed | ") == page.count("| held_out | ") == 6
    assert "| developed | cannot tell | " in page and "## held_out" in page
    found = json.loads(said("claims", "--pairs", str(tmp_path), "--json"))["figures"]
    assert (found["developed"]["pairs"], found["held_out"]["pairs"]) == (40, 20)
    assert found["held_out"]["precision"].keys() == {"agree", "differ", "cannot_tell"}


@pytest.mark.parametrize("text", [None, '[{"id": "x"}]', "{}x", '[{"id": "x", "label": "maybe"}]'])
def test_a_folder_without_pairs_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "pairs.json").write_text(text)
    with pytest.raises(CommandError):
        said("claims", "--pairs", str(tmp_path))


def test_a_trial_may_be_asked_for_as_json_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "assignment.json"
    page = said("assignment", "--seed", "21", "--small", "--json", "--out", str(kept))
    found = json.loads(page)
    assert found == json.loads(kept.read_text())
    assert found["about"]["seeds"] == [21]
    assert {"muster", "random", "all-knowing"} <= found["figures"].keys()


def test_a_trial_that_nobody_knows_is_refused() -> None:
    with pytest.raises(CommandError):
        said("everything")


def test_a_broken_promise_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(options: dict[str, Any]) -> trial.Measured:
        return report.about("claims", [], "rules"), {"wrong": ["1 lost"]}, "| lost | 1 |"

    monkeypatch.setitem(trial.MEASURED, "claims", broken)
    with pytest.raises(CommandError, match="1 promises"):
        said("claims")


def test_a_trial_that_ends_badly_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "ROOT", Path("/"))
    with pytest.raises(CommandError):
        said("long_run", "--small")


def test_nested_figures_are_one_table() -> None:
    table = report.figures({"took_s": 1.5, "cards": {"done": 3}, "wrong": [], "last": None})
    assert table.splitlines()[2:] == [
        "| took s | 1.5 |", "| cards: done | 3 |", "| wrong | none |", "| last | none |",
    ]  # fmt: skip
