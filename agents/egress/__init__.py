"""The only way out: resolve, check, pin, cap."""

from agents.egress.addresses import EgressPolicy
from agents.egress.client import Answer, Outbound
from agents.egress.loop import begin, fetch, fetch_async
from agents.egress.refusals import EgressRefused

__all__ = [
    "Answer",
    "EgressPolicy",
    "EgressRefused",
    "Outbound",
    "begin",
    "fetch",
    "fetch_async",
]
