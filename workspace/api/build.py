"""The API put together from its routers."""

from __future__ import annotations

from workspace.api import (
    asks,
    attachments,
    auditions,
    budgets,
    cards,
    conflicts,
    connectors,
    deliverables,
    facts,
    insights,
    packages,
    pilots,
    rooms,
    submitting,
)
from workspace.api.agents import agents_router
from workspace.api.application import PeoplesApi
from workspace.api.joining import Doors
from workspace.api.suggestions import Suggesting, suggestions_router


def peoples_api(doors: Doors, suggesting: Suggesting) -> PeoplesApi:
    """All routes; what the agents' side offers is handed over by the composition root."""
    api = PeoplesApi()
    for module in (
        rooms, cards, submitting, attachments, deliverables, asks, conflicts, facts, packages,
        budgets, insights, pilots, connectors, auditions,
    ):  # fmt: skip
        api.add_router("", module.router)
    api.add_router("", agents_router(doors))
    api.add_router("", suggestions_router(suggesting))
    return api
