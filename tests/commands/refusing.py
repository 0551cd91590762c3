"""How tests say that a command must be refused, and when things happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.cast import AT
from workspace.errors import Refused


@contextmanager
def refused(code: str, **params: Any) -> Iterator[None]:
    """The block is refused with this code; of its params, those named are compared."""
    with pytest.raises(Refused) as caught:
        yield
    found = caught.value
    assert (found.code, {name: found.params.get(name) for name in params}) == (code, params)


@contextmanager
def refused_by_the_database(says: str) -> Iterator[None]:
    """The database itself refuses the block, whoever asks."""
    with pytest.raises(DatabaseError, match=says), transaction.atomic():
        yield


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)
