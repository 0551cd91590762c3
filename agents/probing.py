"""Paste one URL: what is there, and by which door would it join?

An agent card first, then a list of models; what tells nothing of itself is a webhook.
"""

from importlib import import_module

from agents.doors.base import Found

# Each looks for the sign of its door; the first that finds it wins.
SIGNS = ("a2a", "model")


def probe(url: str) -> Found:
    """Ask at the URL, through egress only, and change nothing. `Refused` is the caller's: the URL
    has passed `check_url` before."""
    url = url.strip()
    for door in SIGNS:
        found: Found | None = import_module(f"agents.doors.{door}.probe").probe(url)
        if found is not None:
            return found
    return Found(door="webhook", url=url, code="found_webhook")
