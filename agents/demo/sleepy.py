"""Sleepy: built to fail. It accepts a card, reports once, and is never heard of again."""

from agents.demo.library import Library
from agents.demo.program import main
from agents.demo.roster import agent_named
from agents.demo.run import Run


def doze_off(run: Run, library: Library) -> None:
    """Report one step, and hand in nothing."""
    run.step(5, "Looking for the tests")


if __name__ == "__main__":
    main(agent_named("Sleepy"), {"testing": doze_off})
