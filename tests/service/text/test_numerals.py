"""A number keeps its value from one language's notation to the other's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.numerals import is_grouped, localised, values
from tests.laws import examples

known = st.sampled_from(["en", "de", "fr", "es", "de-AT"])


@st.composite
def english_numbers(draw: st.DrawFn) -> str:
    whole = draw(st.integers(0, 10**9))
    fraction = draw(st.from_regex(r"[0-9]{0,4}", fullmatch=True))
    written = f"{whole:,}" if draw(st.booleans()) else str(whole)
    return f"{written}.{fraction}" if fraction else written


@examples(200)
@given(english_numbers(), known, known)
def test_a_number_has_the_same_value_in_every_notation(number: str, first: str, second: str) -> None:
    written = localised(number, "en", first)
    assert values(written, first) == values(number, "en")
    assert values(localised(written, first, second), second) == values(number, "en")
    if first != "fr":  # whose spaces every language may have
        assert localised(written, first, "en") == number


@pytest.mark.parametrize(
    ("number", "language", "value"),
    [
        ("3,500", "en", ("3500",)),
        ("3.500", "en", ("3", "5")),
        ("3.500", "de", ("3500",)),
        ("3,500", "de", ("3", "5")),
        ("3.500", "fr", ("3500",)),
        ("0,500", "en", ("0", "5")),
        ("3,5", "en", ("3", "5")),
        ("3.00", "en", ("3",)),
        ("1.234.567", "en", ("1234567",)),
        ("1.234,56", "en", ("1234", "56")),
        ("1 234,5", "fr", ("1234", "5")),
        ("10'000.50", "de", ("10000", "5")),
        ("1.2.3", "en", ("1", "2", "3")),
        ("3.12.2024", "de", ("3", "12", "2024")),
        ("127.100.100.100", "de", ("127", "100", "100", "100")),
        ("9:30", "en", ("9", "30")),
        ("12345,678", "en", ("12345", "678")),
    ],
)
def test_a_number_is_read_as_its_language_writes_it(number: str, language: str, value: tuple[str, ...]) -> None:
    assert values(number, language) == {value}


def test_a_language_of_unknown_notation_leaves_both_ways_open() -> None:
    assert values("3.500", "xx") == {("3500",), ("3", "5")}
    assert localised("3,500", "xx", "de") == localised("3,500", "en", "xx") == "3,500"
    assert not is_grouped("3,500", "xx")


@pytest.mark.parametrize("number", ["0800", "1.2.3", "9:30", "3.12.2024", "127.100.100.100", "10'000", "555 123 456"])
def test_what_every_language_writes_so_stays_as_it_is(number: str) -> None:
    assert localised(number, "de", "en") == number
