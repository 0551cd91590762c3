"""The running picture of a run's steps: loops show in it, healthy work does not."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coordinator.board import Limits, Trail
from agents.coordinator.loops import judge_steps
from tests.coordinator.boards import a_run
from tests.trail.shapes import HEALTHY, LOOPS, Shape, action, progress
from workspace.trail import EMPTY, WINDOW, StepSeen, begun_anew, follow, looks_odd, normalised

LIMITS = Limits()


def is_flagged(trail: dict[str, Any]) -> bool:
    seen = Trail(**{name: trail[name] for name in Trail.__dataclass_fields__})
    return judge_steps(a_run("working", trail=seen), LIMITS) is not None


def flagged_after(steps: Iterable[StepSeen]) -> int | None:
    """How many steps it took until the run would have been ended."""
    trail = EMPTY
    for number, step in enumerate(steps, start=1):
        trail = follow(trail, [step])
        if is_flagged(trail):
            assert looks_odd(trail), "the coordinator would not have been woken"
            return number
    return None


@pytest.mark.parametrize("shape", HEALTHY, ids=lambda shape: shape.__name__)
def test_no_healthy_run_is_flagged(shape: Shape) -> None:
    """Ninety seeded runs of each shape, more than a thousand in all, of up to 4,000 steps."""
    for seed in range(90):
        assert flagged_after(shape(random.Random(f"{shape.__name__} {seed}"))) is None, seed


@pytest.mark.parametrize("shape", LOOPS, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("before", HEALTHY, ids=lambda shape: shape.__name__)
def test_every_loop_is_found_whatever_came_before(shape: Shape, before: Shape) -> None:
    for seed in range(3):
        dice = random.Random(f"{shape.__name__} {before.__name__} {seed}")
        trail = follow(EMPTY, before(dice))
        found = None
        for number, step in enumerate(islice(shape(dice), 400), start=1):
            trail = follow(trail, [step])
            if is_flagged(trail):
                found = number
                break
        assert found is not None
        assert looks_odd(trail)


def test_loops_are_found_soon() -> None:
    found = {shape.__name__: flagged_after(islice(shape(random.Random(1)), 300)) for shape in LOOPS}
    assert found["one_step"] == 5
    assert found["two_steps"] == 8
    assert found["three_steps"] == 12
    assert found["a_percentage_that_turns_back"] == 7
    assert all(count is not None and count <= 200 for count in found.values()), found


def test_it_counts_what_it_says() -> None:
    steps = [action("a"), action("b"), action("b"), action("a"), action("b"), action("a")]
    trail = follow(EMPTY, steps)
    assert (trail["steps"], trail["same"], trail["alternating"]) == (6, 1, 4)
    assert (trail["without_news"], trail["last"]) == (4, "a")


def test_a_growing_percentage_is_news_and_a_falling_one_is_not() -> None:
    trail = follow(EMPTY, [progress("Poll", percent) for percent in (1, 2, 3, 4, 5, 6)])
    assert (trail["same"], trail["without_news"]) == (1, 0)
    trail = follow(trail, [progress("Poll", percent) for percent in (5, 4, 6)])
    assert (trail["same"], trail["without_news"]) == (4, 3)


def test_a_second_build_may_count_from_nought_again() -> None:
    build = [progress("Waiting for the build", percent) for percent in range(0, 101, 5)]
    assert flagged_after([*build, action("Edit", "a.py"), *build]) is None
    assert flagged_after([*build, *build]) == len(build) + 4


@pytest.mark.parametrize("percent", [math.nan, math.inf, -math.inf, 10**400, -5])
def test_a_percentage_that_is_none_changes_nothing(percent: float) -> None:
    trail = follow(EMPTY, [progress("Poll", 50), *[progress("Poll", percent)] * 4])
    assert trail["same"] == 5
    assert json.loads(json.dumps(trail, allow_nan=False)) == trail


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("retry at 12:00:01", "Retry  at 12:05:59"),
        ("retry at 9:15", "retry at 10:20"),
        ("[12:00:01] 502", "[12:00:09] 502"),
        ("2026-11-20T12:00:01Z 502", "2026-11-21T07:10:44Z 502"),
        ("2026-11-20 12:00:01,123 ERROR no route", "2026-11-20 12:00:02,001 ERROR no route"),
        ("asked 2026-11-20T12:00:01+01:00 again", "asked 2026-11-20T12:00:02+01:00 again"),
        ("retrying in 2 s", "retrying in 64 s"),
        ("3 failed in 0.12s", "3 failed in 1.40s"),
        ("build took 1m 20s", "build took 2m 1s"),
        ("ok (12 ms)", "ok (250 ms)"),
        ("5 minutes later", "1 hour later"),
    ],
)
def test_two_tellings_of_one_step_are_the_same(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("file 1", "file 2"),
        ("3 failed in 0.1s", "2 failed in 0.1s"),
        ("app.py:12:30", "app.py:12:31"),
        ("prices of 2026-11-20", "prices of 2026-11-21"),
        ("rows of 2026-11-20T12:00:00Z", "rows of 2026-11-20T13:00:00Z"),
        ("scene 00:10:20", "scene 00:10:30"),
        ("set timeout 10 s", "set timeout 20 s"),
        ("retry", "undo"),
    ],
)
def test_what_says_something_else_is_news(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


def test_kind_title_input_and_output_all_count() -> None:
    steps = [
        StepSeen("action", "x"), StepSeen("thought", "x"), StepSeen("action", "y"),
        StepSeen("action", "x", input="1"), StepSeen("action", "x", output="1"),
        StepSeen("action", "x 1"),
    ]  # fmt: skip
    assert follow(EMPTY, steps)["without_news"] == 0
    assert len(follow(EMPTY, steps)["seen"]) == 6


text = st.text(max_size=40)
a_step = st.builds(
    StepSeen,
    kind=st.sampled_from(["progress", "action", "thought"]),
    title=text,
    input=text,
    output=text,
    percent=st.none() | st.floats(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(a_step, max_size=30), st.integers(0, 30))
def test_steps_in_one_batch_or_in_several_give_one_picture(steps: list[Any], cut: int) -> None:
    kept = json.loads(json.dumps(follow({}, steps[:cut]), allow_nan=False))
    assert follow(kept, steps[cut:]) == follow(EMPTY, steps)


@settings(max_examples=40, deadline=None)
@given(st.lists(a_step, min_size=1, max_size=12))
def test_a_round_told_again_is_never_news(steps: list[Any]) -> None:
    calm = [StepSeen(one.kind, one.title, one.input, one.output) for one in steps]
    trail = follow(EMPTY, calm * 3)
    assert trail["without_news"] >= 2 * len(calm)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(), min_size=1, max_size=200, unique=True))
def test_numbered_steps_never_look_odd(numbers: list[int]) -> None:
    assert not looks_odd(follow(EMPTY, [action("Read", f"file {n}") for n in numbers]))


def test_the_picture_stays_small_however_long_the_run() -> None:
    steps = [action("Read " + "very " * 200 + f"long title {n}", "x" * 50) for n in range(4000)]
    trail = follow(EMPTY, steps)
    assert trail["steps"] == 4000
    assert len(trail["seen"]) == WINDOW
    assert len(json.dumps(trail)) < 1500


def test_the_picture_given_is_left_as_it_was() -> None:
    before = follow(EMPTY, [action("a")])
    kept = json.dumps(before)
    follow(before, [action("b"), action("c", "d")])
    assert json.dumps(before) == kept
    assert follow({}, []) == EMPTY


@pytest.mark.parametrize("filler", [" ", "\n ", "9", "1m", "12:", "(", "in 1 s "])
def test_a_text_made_to_be_slow_is_read_like_any_other(filler: str) -> None:
    trail = follow(EMPTY, [action("x", filler * 20_000, "y"), action("x", filler * 20_000, "z")])
    assert trail["without_news"] == 0


def test_told_something_a_run_may_look_at_the_same_again() -> None:
    looping = follow({}, [StepSeen("action", "Look")] * 6)
    told = begun_anew(looping)
    assert not looks_odd(told) and told["steps"] == 6
    again = follow(told, [StepSeen("action", "Look")])
    assert (again["same"], again["without_news"]) == (1, 1)
    assert looks_odd(follow(told, [StepSeen("action", "Look")] * 6))
