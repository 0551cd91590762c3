"""Runs as agents report them: healthy ones of many shapes, and loops."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from workspace.trail import StepSeen

Shape = Callable[[random.Random], Iterator[StepSeen]]
FILES = [f"{folder}/{name}.py" for folder in "abcdef" for name in ("main", "wire", "edits", "io")]


def action(title: str, input: str = "", output: str = "") -> StepSeen:
    return StepSeen("action", title, input, output)


def progress(title: str, percent: float | None = None, note: str = "") -> StepSeen:
    return StepSeen("progress", title, output=note, percent=percent)


def heavy_tailed(dice: random.Random) -> int:
    """Mostly a few, sometimes thousands."""
    return min(int(dice.paretovariate(0.9) * 6), 4000)


# Healthy work.


def over_files(dice: random.Random) -> Iterator[StepSeen]:
    for number in range(heavy_tailed(dice)):
        yield action("Read file", f"file {number}")


def counting(dice: random.Random) -> Iterator[StepSeen]:
    total = heavy_tailed(dice)
    for number in range(1, total + 1):
        yield progress(f"Row {number} of {total}")


def polling(dice: random.Random) -> Iterator[StepSeen]:
    """One sentence again and again while the percentage grows."""
    total = heavy_tailed(dice)
    for number in range(1, total + 1):
        yield progress("Waiting for the build", 100 * number / total)


def in_phases(dice: random.Random) -> Iterator[StepSeen]:
    """Each phase counts from nought again."""
    for phase in range(dice.randint(1, 6)):
        for percent in range(0, 101, dice.choice([5, 10, 20])):
            yield progress(f"Phase {phase}", percent)


def notes_at_one_percentage(dice: random.Random) -> Iterator[StepSeen]:
    for number in range(heavy_tailed(dice)):
        yield progress("Thinking it over", 40, note=f"Looked at chapter {number}")


def edit_and_test(dice: random.Random) -> Iterator[StepSeen]:
    """Two tools that take turns, each time with another content."""
    for number in range(heavy_tailed(dice)):
        yield action("Edit", dice.choice(FILES), f"@@ -{number},{dice.randint(1, 9)} @@")
        failures = dice.randint(0, 30)
        yield action("Run tests", "pytest", f"{failures} failed, {number} passed in 1.2s")


def searching(dice: random.Random) -> Iterator[StepSeen]:
    """Files are read again from time to time between looking for new things."""
    for number in range(heavy_tailed(dice)):
        if dice.random() < 0.4:
            yield action("Read file", dice.choice(FILES))
        else:
            yield action("Search", f"who calls function_{number}")


def few_tries(dice: random.Random) -> Iterator[StepSeen]:
    """A call that fails a few times before it works."""
    for number in range(dice.randint(1, 60)):
        for _ in range(dice.randint(0, 3)):
            yield action("Fetch page", f"page {number}", f"503 after {dice.random():.2f} s")
        yield action("Fetch page", f"page {number}", f"200, {dice.randint(100, 9000)} bytes")


def days_of_data(dice: random.Random) -> Iterator[StepSeen]:
    for day in range(1, dice.randint(2, 29)):
        for hour in range(24):
            yield progress(f"Loaded 2026-11-{day:02}T{hour:02}:00:00Z")


def along_a_film(dice: random.Random) -> Iterator[StepSeen]:
    for second in range(0, heavy_tailed(dice) * 7, 7):
        yield progress(f"Transcribed 00:{second // 60 % 60:02}:{second % 60:02}, part {second}")


def long_thoughts(dice: random.Random) -> Iterator[StepSeen]:
    for number in range(heavy_tailed(dice)):
        yield StepSeen("thought", "Thinking", output=f"Because of {number}, {dice.random()}")


def a_build_with_few_words(dice: random.Random) -> Iterator[StepSeen]:
    """Its minutes of silence are heartbeats, which are no steps."""
    for name in ("Configure", "Compile", "Link", "Package")[: dice.randint(1, 4)]:
        yield progress(name)
        for _ in range(dice.randint(0, 3)):
            yield progress(name)


def mixed(dice: random.Random) -> Iterator[StepSeen]:
    """Stretches of different work one after the other."""
    for shape in dice.sample(HEALTHY[:-1], dice.randint(2, 5)):
        yield from shape(dice)


HEALTHY: list[Shape] = [
    over_files, counting, polling, in_phases, notes_at_one_percentage, edit_and_test, searching,
    few_tries, days_of_data, along_a_film, long_thoughts, a_build_with_few_words, mixed,
]  # fmt: skip


# Loops. Each goes on for ever.


def one_step(dice: random.Random) -> Iterator[StepSeen]:
    while True:
        yield action("Run tests", "pytest -q", "1 failed")


def one_step_told_each_time_otherwise(dice: random.Random) -> Iterator[StepSeen]:
    """Only the time, the duration, the case and the spacing differ."""
    second = 0
    while True:
        second += dice.randint(1, 59)
        clock = f"{12 + second // 3600}:{second // 60 % 60:02}:{second % 60:02}"
        title = dice.choice(["Retry", "retry", "RETRY", "  retry "])
        yield action(f"{title} at {clock}", "curl x", f"[{clock}] 502 (0.{second}s)")


def two_steps(dice: random.Random) -> Iterator[StepSeen]:
    while True:
        yield action("Apply the change", "a.py")
        yield action("Undo the change", "a.py")


def three_steps(dice: random.Random) -> Iterator[StepSeen]:
    while True:
        for title in ("Plan", "Edit", "Revert"):
            yield action(title, "a.py")


def old_ground(dice: random.Random) -> Iterator[StepSeen]:
    """The same two dozen files in any order, never twice in a row."""
    last = ""
    while True:
        last = dice.choice([one for one in FILES if one != last])
        yield action("Read file", last)


def a_long_circle(dice: random.Random) -> Iterator[StepSeen]:
    size = dice.randint(4, 50)
    while True:
        for number in range(size):
            yield action("Visit", f"page {number}")


def a_percentage_that_turns_back(dice: random.Random) -> Iterator[StepSeen]:
    while True:
        for percent in (10, 50, 90):
            yield progress("Uploading", percent)


def at_the_end_already(dice: random.Random) -> Iterator[StepSeen]:
    percent = 100.0
    while True:
        percent += 1
        yield progress("Almost done", percent)


LOOPS: list[Shape] = [
    one_step, one_step_told_each_time_otherwise, two_steps, three_steps, old_ground,
    a_long_circle, a_percentage_that_turns_back, at_the_end_already,
]  # fmt: skip
