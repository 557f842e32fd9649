"""An ampersand between words is a word to the model and a sign again in its answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.artifact_config import Pair
from service.text import ampersands
from service.text.edits import Edited
from tests.laws import examples

EN_DE = Pair("en", "de", None)
WORD = st.sampled_from(["Tom", "andere", "rundum", "x,", "(y)", "and", "And", "&", "&amp;"])


def spelled(source: str, pair: Pair = EN_DE) -> Edited:
    return Edited(source, ampersands.spell(ampersands.find(source, pair), pair))


def restored(source: str, target: str, pair: Pair = EN_DE) -> str:
    signs = ampersands.find(source, pair)
    return Edited(target, ampersands.restore(spelled(source, pair), signs, target, pair)).text


@examples(100)
@given(st.lists(WORD, min_size=1, max_size=8).map(" ".join))
def test_each_sign_stands_where_its_word_does(source: str) -> None:
    def in_german(text: str) -> str:
        return " ".join({"and": "und", "And": "Und"}.get(word, word) for word in text.split(" "))

    assert restored(source, in_german(spelled(source).text)) == in_german(source)


@examples(100)
@given(st.lists(WORD, min_size=1, max_size=8).map(" ".join))
def test_a_copy_is_the_source(source: str) -> None:
    assert restored(source, spelled(source).text) == source


@examples(100)
@given(
    st.lists(WORD, min_size=1, max_size=8).map(" ".join), st.lists(st.sampled_from(["und", "oder", "Tom"]), max_size=8)
)
def test_all_signs_come_back_where_the_target_has_words_enough(source: str, target: list[str]) -> None:
    num_signs = len(ampersands.find(source, EN_DE))
    expected = num_signs if target.count("und") >= num_signs else 0
    assert restored(source, " ".join(target)).count("&") == expected


@pytest.mark.parametrize(
    ("source", "pair", "shown"),
    [
        ("Tom & Maria", EN_DE, "Tom and Maria"),
        ("Tom & Maria", Pair("de-AT", "en-GB", None), "Tom und Maria"),
        ("Tom & Maria", Pair("fr", "es", None), "Tom et Maria"),
        ("Tom & Maria", Pair("es", "fr", None), "Tom y Maria"),
        ("Tom & Maria", Pair("en", "xx", None), "Tom & Maria"),
        ("Tom & Maria", Pair("xx", "en", None), "Tom & Maria"),
        ("Tom &\u00a0Maria &\nJohn", EN_DE, "Tom and\u00a0Maria and\nJohn"),
        ("R&D, Tom& Maria &John && x &", EN_DE, "R&D, Tom& Maria &John && x &"),
        ("& Maria", EN_DE, "& Maria"),
        ("Tom &amp; Maria & John", EN_DE, "Tom and Maria and John"),
        (
            "R&amp;D, Tom&amp; Maria &amp;John &lt; &AMP; x &amp;",
            EN_DE,
            "R&amp;D, Tom&amp; Maria &amp;John &lt; &AMP; x &amp;",
        ),
    ],
)
def test_a_sign_between_words_is_a_word_of_its_language(source: str, pair: Pair, shown: str) -> None:
    assert spelled(source, pair).text == shown


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Tom & Maria and John", "Tom und Maria und John", "Tom & Maria und John"),
        ("Tom and Maria & John", "Tom und Maria und John", "Tom und Maria & John"),
        ("Tom & Maria laugh", "Tom & Maria lachen", "Tom & Maria lachen"),
        ("Tom laughs aloud for long & cries", "Tom lacht laut und lange und weint", "Tom lacht laut und lange & weint"),
        ("a & b and c", "a und b", "a & b"),
        ("a & b & c", "a und b, c", "a und b, c"),
        ("Tom & Maria", "Rundum", "Rundum"),
        ("Tom &amp; Maria & John", "Tom und Maria und John", "Tom &amp; Maria & John"),
        ("Tom & Maria and Jim &amp; John", "Tom und Maria, Jim und John", "Tom & Maria, Jim &amp; John"),
    ],
)
def test_the_sign_goes_to_the_word_of_its_rank_or_to_the_nearest(source: str, target: str, expected: str) -> None:
    assert restored(source, target) == expected


def test_either_word_of_spanish_becomes_the_sign() -> None:
    assert restored("Maria & Ines", "María e Inés", Pair("en", "es", None)) == "María & Inés"
