"""What a revision keeps, and what it changes unasked; real files of real projects as material."""

from __future__ import annotations

import inspect
import io
import random
import tokenize
from types import ModuleType

import asgiref.sync
import celery.app.base
import django.core.paginator
import markdown_it.main
import pytest
import redis.backoff
import whitenoise.base

from agents.pilot.referee.style import formatter_only, hunks, kept_words, new_dependencies

MODULES = (
    asgiref.sync, celery.app.base, django.core.paginator, markdown_it.main, redis.backoff,
    whitenoise.base,
)  # fmt: skip


def source(module: ModuleType) -> str:
    return inspect.getsource(module)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_what_is_untouched_is_kept_whole(module: ModuleType) -> None:
    text = source(module)
    kept, of = kept_words(text, text)
    assert kept == of > 100
    assert hunks(text, text) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_one_line_changed_in_a_real_module_is_one_hunk_of_one_line(module: ModuleType) -> None:
    lines = source(module).splitlines()
    at = random.Random(module.__name__).randrange(len(lines))
    lines[at] = "# changed here and nowhere else"
    found = hunks(source(module), "\n".join(lines) + "\n")
    assert [list(hunk.lines) for hunk in found] == [[at + 1]]
    kept, of = kept_words(source(module), "\n".join(lines) + "\n")
    assert of - 60 < kept <= of


def spaced(text: str) -> str:
    """The same program with one more space before every assignment and comparison."""
    lines = text.splitlines()
    tokens = [*tokenize.generate_tokens(io.StringIO(text).readline)]
    for token in reversed(tokens):
        if token.type == tokenize.OP and token.string in ("=", "=="):
            line, at = token.start
            lines[line - 1] = f"{lines[line - 1][:at]} {lines[line - 1][at:]}"
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_real_module_spaced_anew_is_the_formatters_work_until_a_word_changes(
    module: ModuleType,
) -> None:
    text = source(module)
    looks, of = formatter_only("a.py", text, spaced(text))
    assert looks == of > 5
    looks, of = formatter_only("a.py", text, text.replace("return", "yield", 1))
    assert (looks, of) == (0, 1)


def test_words_are_kept_where_a_sentence_is_changed_in_a_long_paragraph() -> None:
    before = "The default timeout is ten seconds. " * 20
    after = before.replace("ten", "thirty", 1)
    assert kept_words(before, after) == (119, 120)
    assert kept_words(before, "") == (0, 120)
    assert kept_words("", before) == (0, 0)


def test_a_comment_a_string_and_a_value_are_more_than_looks() -> None:
    before = "a = 1  # one\nb = 'x'\n"
    assert formatter_only("a.py", before, "a   =  1  # one\nb = 'x'\n") == (1, 1)
    assert formatter_only("a.py", before, "a = 1  # two\nb = 'x'\n") == (0, 1)
    assert formatter_only("a.py", before, "a = 1  # one\nb = 'x '\n") == (0, 1)
    assert formatter_only("a.py", before, "a = 2  # one\nb = 'x'\n") == (0, 1)
    assert formatter_only("a.py", "a = (\n", "a = ( \n") == (0, 1)  # no program at all
    assert formatter_only("a.md", "a b\n", "a  b\n") == (1, 1)
    assert formatter_only("a.md", "a b\n", "a c\n") == (0, 1)


def test_each_hunk_is_judged_by_itself() -> None:
    before = "a = 1\n\nb = 2\n"
    assert formatter_only("a.py", before, "a=1\n\nb = 3\n") == (1, 2)


def test_lines_that_are_only_added_count_where_they_stand() -> None:
    (hunk,) = hunks("a\nb\n", "a\nnew\nb\n")
    assert hunk.only_adds and hunk.outside({1}) == [] and hunk.outside({2}) == []
    assert hunk.outside({3}) == [2]


def test_a_dependency_is_new_if_nothing_before_needed_it() -> None:
    before = {"client.py": "import json\nimport requests\n", "requirements.txt": "requests>=2\n"}
    after = {
        "client.py": "import json\nimport httpx\nfrom requests.adapters import HTTPAdapter\n"
        "from . import near\nimport limits\n",
        "limits.py": "MOST = 3\n",
        "requirements.txt": "requests>=3\n# a comment\n-r other.txt\nHTTPX[http2]>=1\n",
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["tenacity>=8", "Requests"]\n',
    }
    assert new_dependencies(before, after) == ["httpx", "tenacity"]
    assert new_dependencies(after, after) == []
    assert new_dependencies({}, {"a.py": "def (", "pyproject.toml": "["}) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_real_module_with_one_more_import_needs_one_thing_more(module: ModuleType) -> None:
    text = source(module)
    assert new_dependencies({"a.py": text}, {"a.py": text}) == []
    assert new_dependencies({"a.py": text}, {"a.py": text + "\nimport numpy as np\n"}) == ["numpy"]
