"""The only way out: resolve, check, pin, cap."""

from agents.egress.addresses import EgressPolicy
from agents.egress.client import Answer, Egress, Outbound, Streamed
from agents.egress.loop import begin, fetch, fetch_async, spawn
from agents.egress.refusals import EgressRefused

__all__ = [
    "Answer",
    "Egress",
    "EgressPolicy",
    "EgressRefused",
    "Outbound",
    "Streamed",
    "begin",
    "fetch",
    "fetch_async",
    "spawn",
]
