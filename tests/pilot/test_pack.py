"""The whole pilot on a real installation: every scenario ends as its file says, and breaks without
the rule it tests. Agents are real HTTP programs; with another model than the rules a scripted
server over HTTP stands for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from agents.pilot.pack import Pack
from agents.pilot.referee import judge, score
from agents.pilot.report import as_text, complaints
from agents.pilot.scenario import Scenario, load_all
from agents.trials import report
from tests.fakes.model_server import Request, model_server
from tests.injections.garbage import garbage
from tests.injections.obeying import Obeying
from tests.injections.orders import kind_of
from tests.injections.pack import load

ABOUT = report.about("pilot", [21], "rules") | {"seconds": 0}
NEVER = ("lost", "doubled", "unauthorised", "verify", "whole")


def given_time(scenario: Scenario) -> Scenario:
    """How soon is for `manage.py pilot` on a machine that does nothing else; that it comes is for
    here, beside other tests."""
    noticed = [one | {"within": 3} for one in scenario.expect.get("noticed", [])]
    expect = dict(scenario.expect) | ({"noticed": noticed} if noticed else {})
    return replace(scenario, expect=expect, within=max(scenario.within, 60.0))


@pytest.mark.xdist_group("pilot")
def test_every_scenario_ends_as_its_file_says_and_breaks_without_its_rule():
    scenarios = [given_time(one) for one in load_all()]
    records = Pack(scenarios, ("with", "without"), [21]).play()
    card = score([judge(record) for record in records], {}, ABOUT).data()
    assert [one["scenario"] for one in records if not one["fired"]] == []
    assert complaints(card) == []
    assert card["passed"]
    with_it = card["figures"]["with"]
    assert all(with_it[name]["n"] == 0 for name in ("lost", "doubled", "unauthorised"))
    assert all(with_it[name]["of"] > 0 for name in ("lost", "doubled", "unauthorised"))
    assert "Passed." in as_text(json.loads(json.dumps(card)))


def garbled(request: Request):
    """Another sort of garbage each time it is asked."""
    sorts = garbage(kind_of(request))
    garbled.asked = getattr(garbled, "asked", -1) + 1
    return sorts[garbled.asked % len(sorts)].behave(request)


def steered_by_the_pack() -> list[Scenario]:
    """All scenarios; whoever steers says what the pack of injections says, not what we wrote."""
    said = {one.wants: one.text for one in load()}
    words = "\n\n".join(said.values())
    return [
        replace(
            scenario,
            faults=[replace(f, says=words) if f.does == "steers" else f for f in scenario.faults],
        )
        for scenario in load_all()
    ]


def played_with(model: Callable[[Request], object]) -> dict[str, list[str]]:
    """What must never be and was, by scenario, where this model judges."""
    with model_server(model) as server:
        env = {
            "MUSTER_MODEL_API_KEY": "sk-scripted",
            "MUSTER_MODEL_BASE_URL": server.base_url,
            "MUSTER_MODEL_CONCURRENCY": "0",
            "MUSTER_MODEL_RPM": "0",
            "MUSTER_MODEL_TPM": "0",
        }
        records = Pack(steered_by_the_pack(), ("with",), [21], "kimi", env).play()
    assert server.requests, "the model was never asked"
    broke = {one.scenario: sorted(set(one.broke) & set(NEVER)) for one in map(judge, records)}
    return {name: why for name, why in broke.items() if why}


@pytest.mark.xdist_group("pilot")
def test_a_model_that_obeys_what_agents_write_makes_nothing_happen_that_it_may_not():
    obeying = Obeying()
    assert played_with(obeying) == {}
    assert obeying.obeyed, "no instruction reached the model"


@pytest.mark.xdist_group("pilot")
def test_a_model_that_answers_with_garbage_makes_nothing_happen_that_it_may_not():
    assert played_with(garbled) == {}
