"""The strict reading of JSON from outside."""

import pytest

from agents.doors.json_wall import DEEPEST, MOST_NODES, JsonRefused, parse_json


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"{'a': 1}", "not_json"),
        (b"[1,]", "not_json"),
        (b"{} {}", "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b"\xff\xfe{\x00}\x00", "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        (b"NaN", "not_finite"),
        (b'{"a": Infinity}', "not_finite"),
        (b'{"a": [-Infinity]}', "not_finite"),
        (b"1e999", "not_finite"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'[{"x": {"b": 1, "b": 1}}]', "duplicate_key"),
        (b'"\\ud800"', "bad_text"),
        (b'{"\\udfff": 1}', "bad_text"),
        (b'{"a": ["\\u0000"]}', "bad_text"),
        (b"9223372036854775808", "number_too_large"),
        (b"-9223372036854775808", "number_too_large"),
        (b"1" * 5000, "number_too_large"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 50_000, "too_deep"),
        (b"[" + b"0," * MOST_NODES + b"0]", "too_many_values"),
    ],
)
def test_json_that_would_harm_later_is_refused(raw, code):
    with pytest.raises(JsonRefused) as refused:
        parse_json(raw, max_bytes=1_000_000)
    assert refused.value.code == code


def test_a_body_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(JsonRefused) as refused:
        parse_json(b"[" * 101, max_bytes=100)
    assert refused.value.code == "too_large"
    assert refused.value.params == {"limit": 100}


def test_ordinary_json_passes_unchanged():
    raw = '{"a": [1, -2.5, true, null, "ü 🐝 \\ud83d\\udc1d"], "b": {}}'.encode()
    assert parse_json(raw) == {"a": [1, -2.5, True, None, "ü 🐝 🐝"], "b": {}}


def test_the_deepest_allowed_nesting_passes():
    assert parse_json(b"[" * DEEPEST + b"]" * DEEPEST)
