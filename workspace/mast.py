"""Failure kinds in the words of MAST, the Multi-Agent System failure Taxonomy.

Source: Cemri et al., "Why Do Multi-Agent LLM Systems Fail?" (2025, arXiv 2503.13657), with fourteen
modes, FM-1.1 to FM-3.3. Only what a run's own record proves is tagged. Most of our kinds say that a
machine, a limit or a person stood in the way; MAST describes how agents behave and has no mode for
those, so they carry no code.
"""

from __future__ import annotations

from typing import NamedTuple


class Mode(NamedTuple):
    """A mode of failure: its code and the title the taxonomy gives it."""

    code: str
    title: str


MODES: dict[str, Mode] = {
    "looping": Mode("FM-1.3", "Step repetition"),
    # It said it was done while what was asked for was not there.
    "empty_completion": Mode("FM-3.1", "Premature termination"),
}


def mode_of(failure: str) -> Mode | None:
    """The mode that fits a failure kind; None where none does."""
    return MODES.get(failure)
