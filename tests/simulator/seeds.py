"""Worlds that once broke a promise: each is run again, as far as it went."""

from __future__ import annotations

from agents.simulator.running import Replay

SEEDS: list[Replay] = [
    # A card waited for one of its independent runs; what another handed in hid why.
    Replay(seed=1, world=3, steps=210),
]
