"""Markup through the translator: nothing but words changes, no tag is lost, what was well-formed stays so."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from xml.parsers import expat

from hypothesis import given
from hypothesis import strategies as st

from service.text.html_tokens import tokenize_html
from service.text.segmentation import Split
from service.text.tokens import Format, Kind
from service.translation import Translate, Translation
from tests.service.doubles import EchoEngine, FakeEngine
from tests.service.markup_strategies import html_texts, html_trees, xml_texts
from tests.service.test_translator import outcome
from tests.service.text.models import subword
from tests.service.text.strategies import examples, splits

_SPACES = re.compile(r"\s+")


def reversed_words(shown: str) -> str:
    """The words of a sentence from the last to the first, and one more, so that it never equals the source."""
    return " ".join(["also", *reversed(shown.split())])


def shuffled(shown: str) -> str:
    """Other words in another order; names and numbers stay."""
    words = [word if word[:1].isupper() or word[0].isdigit() else word.swapcase() for word in shown.split()]
    return " ".join(sorted(words, key=lambda word: word[::-1]))


def translate(
    text: str, form: Format = "html", function: Callable[[str], str] = str.upper, **options: object
) -> Translation:
    def hypotheses(shown: str) -> Sequence[str]:
        return [function(shown.removeprefix("<2de>").strip())]

    command = replace(Translate((text,), "de", "en", form=form), **options)  # type: ignore[arg-type]
    (translation,) = outcome(FakeEngine(subword(), hypotheses), command).translations
    return translation


def echo(text: str, form: Format, split: Split = "sentences", max_source_tokens: int = 200) -> str | None:
    command = Translate((text,), "de", "en", form=form, split=split)
    (translation,) = outcome(EchoEngine(), command, max_source_tokens).translations
    assert translation.error is None
    return translation.text


def tags_of(text: str) -> Counter[str]:
    tags = (token for token in tokenize_html(text) if token.kind not in (Kind.TEXT, Kind.SILENT))
    return Counter(_SPACES.sub(" ", token.span.of(text)) for token in tags)


def is_well_formed(text: str) -> bool:
    try:
        expat.ParserCreate().Parse(f"<root>{text}</root>", True)
    except expat.ExpatError:
        return False
    return True


def is_nested(text: str) -> bool:
    """Whether each end tag of `text` closes the last open element."""
    opened: list[str] = []
    for token in tokenize_html(text):
        if token.kind is Kind.OPEN:
            opened.append(token.name)
        elif token.kind is Kind.CLOSE and (not opened or opened.pop() != token.name):
            return False
    return not opened


@examples(300)
@given(html_texts, splits, st.sampled_from([200, 12]))
def test_an_identity_translator_returns_html_exactly(text: str, split: Split, max_source_tokens: int) -> None:
    assert echo(text, "html", split, max_source_tokens) == text


@examples(300)
@given(xml_texts, splits, st.sampled_from([200, 12]))
def test_an_identity_translator_returns_xml_exactly(text: str, split: Split, max_source_tokens: int) -> None:
    assert echo(text, "xml", split, max_source_tokens) == text


@examples(200)
@given(html_texts, splits, st.sampled_from([reversed_words, shuffled]))
def test_html_keeps_all_of_its_tags(text: str, split: Split, function: Callable[[str], str]) -> None:
    translation = translate(text, "html", function, split=split)
    assert translation.text is not None
    assert tags_of(translation.text) == tags_of(text)


@examples(200)
@given(html_trees, splits, st.sampled_from([reversed_words, shuffled]))
def test_html_that_nests_well_does_so_in_the_translation(
    text: str, split: Split, function: Callable[[str], str]
) -> None:
    translation = translate(text, "html", function, split=split)
    assert translation.text is not None
    assert is_nested(translation.text) == is_nested(text)


@examples(200)
@given(xml_texts, splits, st.sampled_from([reversed_words, shuffled]))
def test_xml_stays_well_formed_and_keeps_all_of_its_tags(
    text: str, split: Split, function: Callable[[str], str]
) -> None:
    translation = translate(text, "xml", function, split=split)
    assert translation.text is not None
    assert is_well_formed(text)
    assert is_well_formed(translation.text)
    assert tags_of(translation.text) == tags_of(text)
