"""A body is read in one of two ways, a quick one and one that finds out where a fault is: nobody can tell which."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api import json_body
from service.api.json_body import MAX_DEPTH, parse
from service.errors import InvalidJson

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | texts
# Of ten leaves at most, so that nothing is deeper than it may be.
values = st.recursive(leaves, lambda some: st.lists(some) | st.dictionaries(texts, some), max_leaves=10)


def nested(depth: int) -> bytes:
    """Lists within lists, so deep."""
    return b"[" * depth + b"]" * depth


@given(values, st.booleans())
def test_what_json_says_is_read(value: object, is_ascii: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=is_ascii).encode()) == value


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"texts": [], "texts": []}', "texts"),
        (b'{"a": {"b": 1, "b": 2}}', "a.b"),
        (b'{"a": [0, NaN]}', "a[1]"),
        (b'{"a": [0, 1e999]}', "a[1]"),
        (b'{"a": ["\\ud800"]}', "a[0]"),
        (b'{"a": [123456789012345678901]}', "a[0]"),
    ],
)
def test_a_fault_has_a_place(body: bytes, field: str) -> None:
    with pytest.raises(InvalidJson) as caught:
        parse(body)
    assert caught.value.field == field


def test_depth_is_what_is_nested_and_not_what_is_long() -> None:
    assert parse(nested(MAX_DEPTH)) is not None
    assert len(parse(b"[" + b"[]," * 100 + b"[]]")) == 101
    with pytest.raises(InvalidJson, match="nested too deeply"):
        parse(nested(MAX_DEPTH + 1))


def test_a_plain_body_is_read_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(json_body, "_decoder")
    body = {
        "texts": ["Grüße [an] alle", "{0}"],
        "source": "en",
        "target": "de",
        "details": ["score"],
        "beam_size": 5,
        "x": 0.5,
    }
    assert parse(json.dumps(body, ensure_ascii=False).encode()) == body
