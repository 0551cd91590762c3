"""A prepared query gives what the query gives that it was made from, and a prepared write writes
what Django's own would."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
from collections.abc import Iterator
from inspect import signature
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

import workspace
from tests.pages.sample import a_sample
from workspace.models import (
    ApiToken,
    Artifact,
    Blob,
    Card,
    IdempotentAnswer,
    Person,
    Received,
    Room,
    Run,
    Stream,
)
from workspace.models.prepared import Prepared

pytestmark = pytest.mark.django_db
READERS = ("commands", "queries", "record", "outbox", "files", "spending")
# Words that are no ids, and where there are some.
OTHERS = {
    "sha256": [(Blob, "sha256"), (ApiToken, "token_sha256")],
    "name": [(Artifact, "name")],
    "event_id": [(Received, "event_id")],
    "stream_id": [(Stream, "id")],
    "scope": [(IdempotentAnswer, "scope")],
    "key": [(IdempotentAnswer, "key")],
}


@pytest.fixture
def sample() -> None:
    a_sample(timezone.now())


def prepared_queries() -> Iterator[tuple[str, Prepared[Any]]]:
    for found in pkgutil.walk_packages(workspace.__path__, "workspace."):
        if found.name.split(".")[1] in READERS:
            module = importlib.import_module(found.name)
            for name, thing in vars(module).items():
                if isinstance(thing, Prepared):
                    yield f"{found.name}.{name}", thing


def words_for(parameter: str) -> list[str]:
    """Up to eight real ids of what a parameter is named after, and one of nothing."""
    sources = OTHERS.get(parameter)
    if sources is None:
        wanted = parameter.removesuffix("_id")
        model = next(m for m in apps.get_app_config("workspace").get_models()
                     if m.__name__.lower() == wanted)  # fmt: skip
        sources = [(model, "pk")]
    found = [str(value) for model, field in sources
             for value in model._default_manager.values_list(field, flat=True)[:8]]  # fmt: skip
    return [*found, "nothing"]


def said(row: Any) -> Any:
    """Everything that was read of a row, of what was joined to it too."""
    if not isinstance(row, models.Model):
        return row
    kept = {name: value for name, value in vars(row).items() if name != "_state"}
    return {**kept, **{name: said(one) for name, one in row._state.fields_cache.items()}}


def test_every_prepared_query_gives_what_it_was_made_from(sample: None) -> None:
    queries = dict(prepared_queries())
    assert len(queries) > 25
    empty = []
    for name, query in queries.items():
        parameters = list(signature(query._build).parameters)
        has_found = False
        for words in itertools.product(*map(words_for, parameters)):
            as_made = [said(row) for row in query._build(*words)]
            # Twice: once it compiles, once it is only given other words.
            assert [said(row) for row in query.all(*words)] == as_made, (name, words)
            assert [said(row) for row in query.all(*words)] == as_made, (name, words)
            assert said(query.first(*words)) == (as_made[0] if as_made else None)
            has_found = has_found or bool(as_made)
        empty += [] if has_found else [name]
    assert len(empty) < len(queries) / 3, f"nothing was found for {empty}"


def test_what_a_prepared_query_asks_is_what_django_would_ask(db: None) -> None:
    """Also of those that find nothing in the sample."""
    for name, query in prepared_queries():
        words = [f"word-{n}" for n in range(len(signature(query._build).parameters))]
        asked: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, *rest: Any, to: Any = asked) -> Any:
            to.append((sql, tuple(params)))
            return execute(sql, params, *rest)

        with connection.execute_wrapper(note):
            query.all("other", *words[1:])
            query.all(*words)
            list(query._build(*words))
        assert asked[1] == asked[2], name


def test_what_is_not_there_is_said_as_django_says_it(sample: None) -> None:
    runs = Prepared(lambda run_id: Run.objects.filter(id=run_id))
    assert runs.first("run_nothing") is None
    with pytest.raises(Run.DoesNotExist):
        runs.one("run_nothing")


def test_a_word_that_the_query_does_not_take_as_it_is_given_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="not used as it is given"):
        Prepared(lambda card_id: Card.objects.filter(title=f"The {card_id}")).all("card_1")


def test_a_query_that_prefetches_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="prefetches"):
        Prepared(lambda room_id: Room.objects.filter(id=room_id).prefetch_related("cards")).all("x")


def test_saving_writes_the_named_fields_and_no_others(sample: None) -> None:
    card = Card.objects.all()[0]
    Card.objects.filter(id=card.id).update(brief="meanwhile")
    card.title, card.brief = "New", "old"
    card.save(update_fields=["title"])
    card.refresh_from_db()
    assert (card.title, card.brief) == ("New", "meanwhile")


def test_saving_what_was_read_in_part_leaves_the_rest(sample: None) -> None:
    whole = Card.objects.all()[0]
    part = Card.objects.only("id", "title").get(id=whole.id)
    part.title = "New"
    part.save()
    again = Card.objects.get(id=whole.id)
    assert said(again) == {**said(whole), "title": "New"}


def test_a_field_that_is_not_there_is_no_field_to_save(sample: None) -> None:
    with pytest.raises(ValueError, match="no field"):
        Card.objects.all()[0].save(update_fields=["titel"])


def test_saving_named_fields_of_a_row_that_is_gone_fails_as_in_django(sample: None) -> None:
    blob = Blob.objects.create(workspace=Room.objects.all()[0].workspace, sha256="0" * 64, size=1,
                               created_at=timezone.now())  # fmt: skip
    Blob.objects.filter(id=blob.id).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        blob.save(update_fields=["size"])


def test_a_key_that_is_taken_is_not_taken_again(sample: None) -> None:
    card = Card.objects.all()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Card.objects.create(
            id=card.id, workspace_id=card.workspace_id, room_id=card.room_id, number=9_999,
            title="Twice", created_at=timezone.now(), moved_at=timezone.now(),
        )  # fmt: skip


def test_what_was_made_is_known_as_saved(sample: None) -> None:
    room = Room.objects.all()[0]
    card = Card.objects.create(
        workspace_id=room.workspace_id, room=room, number=9_999, title="One more",
        created_at=timezone.now(), moved_at=timezone.now(),
    )  # fmt: skip
    assert not card._state.adding
    card.title = "Changed"
    card.save()
    assert Card.objects.get(id=card.id).title == "Changed"
    assert said(Person.objects.all()[0])  # people are no rows of a workspace, and saved by Django
