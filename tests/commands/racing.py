"""Threads that run into one another on purpose."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from workspace.errors import Refused


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Start all at one moment, each on its own connection; results in the order given.

    A refusal is a result. Anything else that is raised fails the test.
    """
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        running = [threads.submit(run, call) for call in calls]
        return [one.result(timeout=60) for one in running]


def outcomes(results: list[Any]) -> Counter[str]:
    """How many went through ("done") and how many were refused with which code."""
    return Counter(one.code if isinstance(one, Refused) else "done" for one in results)
