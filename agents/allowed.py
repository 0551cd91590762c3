"""What this installation's operator lets agents, models and sources live at."""

from functools import lru_cache

from django.conf import settings

from agents.egress import EgressPolicy


@lru_cache(maxsize=4)
def _policy(cidrs: tuple[str, ...]) -> EgressPolicy:
    return EgressPolicy.allowing(cidrs)


def egress_policy() -> EgressPolicy:
    """Public addresses, and the private ones that `MUSTER_ALLOW_CIDRS` names."""
    return _policy(tuple(settings.MUSTER_ALLOW_CIDRS))
