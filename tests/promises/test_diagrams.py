"""The README's diagrams are the tables, and the tables lead somewhere."""

from pathlib import Path

import pytest

from workspace import transitions
from workspace.diagram import TABLES, drawn, mermaid
from workspace.errors import Refused
from workspace.transitions import step

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_readme_shows_the_tables_as_they_are():
    assert all(f"<!-- {name} -->" in README for name in TABLES)
    assert drawn(README) == README


@pytest.mark.parametrize("name", TABLES)
def test_every_move_of_a_table_is_in_its_drawing(name):
    drawing = mermaid(TABLES[name])
    for (state, move), after in TABLES[name].items():
        (arrow,) = [
            line for line in drawing.splitlines() if line.startswith(f"    {state} --> {after}: ")
        ]
        assert move in arrow.split(": ")[1].split(", ")


def test_a_drawing_that_is_out_of_date_is_drawn_anew():
    old = README.replace("ready --> working", "ready --> done", 1)
    assert old != README
    assert drawn(old) == drawn(README)


STATES = {
    "card": transitions.CARD_STATES,
    "run": transitions.RUN_STATES,
    "deliverable": transitions.DELIVERABLE_STATES,
}


@pytest.mark.parametrize("name", STATES)
def test_a_table_speaks_of_exactly_the_states_there_are(name):
    table = TABLES[name]
    assert {state for state, _ in table} | set(table.values()) == set(STATES[name])


def test_nothing_leads_out_of_a_runs_end():
    assert not {state for state, _ in transitions.RUN} & set(transitions.TERMINAL_RUN)


@pytest.mark.parametrize("state", transitions.LIVE_RUN)
def test_every_live_run_can_end(state):
    seen, waiting = set(), [state]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += [after for (at, _), after in transitions.RUN.items() if at == current]
    assert seen & set(transitions.TERMINAL_RUN)


def test_only_acceptance_makes_a_card_done():
    assert [key for key, after in transitions.CARD.items() if after == "done"] == [
        ("review", "accept")
    ]


def test_a_move_that_is_not_in_the_table_is_refused():
    with pytest.raises(Refused, match="illegal_move"):
        step(transitions.CARD, "ready", "accept")
