"""A room with one of everyone, as the tests of commands have it."""

from tests.commands.conftest import (  # noqa: F401
    agent,
    by,
    card,
    contributor,
    observer,
    owner,
    reviewer,
    room,
    run,
    version,
)
