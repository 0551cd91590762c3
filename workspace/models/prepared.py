"""Queries that are compiled once and then only given other words.

Building and compiling a query costs Django ten to twenty times what reading a row by its key does,
and every command reads a dozen rows. A `Prepared` query is written as any other; its SQL and what
turns a row of the answer into an instance are kept from its first use on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import ModelIterable, get_related_populators
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)
Converter = tuple[int, list[Any], Any]  # position in the row, what is applied in turn, to what


@dataclass(frozen=True, slots=True)
class Compiled:
    """What stays the same from use to use. Shared by threads, so it holds no connection."""

    told: str
    values: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]  # position among the values, which of the given words
    converters: tuple[Converter, ...]
    is_locking: bool
    made_by: Callable[[Sequence[Any]], Any]


class Prepared(Generic[M]):
    """A query whose open places are filled with words, such as ids.

    `build` is called once a kind of database, with one word for each of its parameters, and must
    use each as it is given: as the value of a field of text, compared exactly. Its query gives
    instances, or tuples of values; what belongs to several tables may be joined, not prefetched.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M, Any]]) -> None:
        self._build = build
        self._compiled: dict[str, Compiled] = {}

    def all(self, *words: str) -> list[Any]:
        """Every row, in the order of the query."""
        return list(self._rows(words))

    def first(self, *words: str) -> Any:
        """The first row, or None."""
        return next(self._rows(words), None)

    def one(self, *words: str) -> M:
        """The only row. Raises the model's DoesNotExist."""
        found: M | None = next(self._rows(words), None)
        if found is None:
            model: Any = self._build(*words).model
            raise model.DoesNotExist(f"nothing is known as {words}")
        return found

    def _rows(self, words: Sequence[str]) -> Iterator[Any]:
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = _compiled(self._build)
        if compiled.is_locking and connection.get_autocommit():
            raise TransactionManagementError("rows are locked outside of a transaction")
        values = list(compiled.values)
        for position, which in compiled.places:
            values[position] = words[which]
        with connection.cursor() as cursor:
            cursor.execute(compiled.told, values)
            rows = cursor.fetchall()
        for row in rows:
            yield compiled.made_by(_converted(row, compiled.converters))


def _converted(row: Sequence[Any], converters: Sequence[Converter]) -> Sequence[Any]:
    if not converters:
        return row
    found = list(row)
    for position, applied, expression in converters:
        for convert in applied:
            found[position] = convert(found[position], expression, connection)
    return found


def _compiled(build: Callable[..., models.QuerySet[Any, Any]]) -> Compiled:
    marks = [f"place-{n}" for n in range(len(signature(build).parameters))]
    query = build(*marks)
    compiler = query.query.get_compiler(connection=connection)
    told, values = compiler.as_sql()
    places = tuple((n, marks.index(value)) for n, value in enumerate(values) if value in marks)
    if {which for _, which in places} != set(range(len(marks))):
        raise ValueError(f"a word of this query is not used as it is given: {told}")
    if query._prefetch_related_lookups:  # type: ignore[attr-defined]
        raise ValueError(f"a prepared query prefetches nothing: {told}")
    found = compiler.get_converters([one[0] for one in compiler.select[: compiler.col_count]])
    return Compiled(
        told=told,
        values=tuple(values),
        places=places,
        converters=tuple((n, applied, one) for n, (applied, one) in found.items()),
        is_locking=query.query.select_for_update and connection.features.has_select_for_update,
        made_by=_maker(query, compiler),
    )


def _maker(query: Any, compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """What makes of a row what the query gives; see Django's own ModelIterable."""
    if query._iterable_class is not ModelIterable:
        is_flat = len(compiler.select) == 1 and query._iterable_class.__name__.startswith("Flat")
        return (lambda row: row[0]) if is_flat else tuple
    klass = compiler.klass_info["model"]
    wanted = compiler.klass_info["select_fields"]
    begins, ends = wanted[0], wanted[-1] + 1
    names = [one[0].target.attname for one in compiler.select[begins:ends]]
    related = get_related_populators(  # type: ignore[call-arg] # as Django 5.2 has it
        compiler.klass_info, compiler.select, query.db
    )

    def made(row: Sequence[Any]) -> Any:
        found = klass.from_db(query.db, names, row[begins:ends])
        for one in related:
            one.populate(row, found)
        return found

    return made
