"""Markup through the translator: nothing but words changes, no tag is lost, what was well-formed stays so."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.html_tokens import tokenize_html
from service.text.segmentation import Split
from service.text.tag_rules import TagRules
from service.text.tokens import Format, Kind
from service.translation import Translate, Translation
from tests.laws import examples
from tests.service.doubles import EchoEngine, FakeEngine
from tests.service.markup_strategies import html_texts, html_trees, xml_texts
from tests.service.text.models import subword
from tests.service.text.strategies import splits
from tests.service.translating import outcome

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


@examples(150)
@given(html_texts, splits, st.sampled_from([200, 12]))
def test_an_identity_translator_returns_html_exactly(text: str, split: Split, max_source_tokens: int) -> None:
    assert echo(text, "html", split, max_source_tokens) == text


@examples(150)
@given(xml_texts, splits, st.sampled_from([200, 12]))
def test_an_identity_translator_returns_xml_exactly(text: str, split: Split, max_source_tokens: int) -> None:
    assert echo(text, "xml", split, max_source_tokens) == text


@examples(100)
@given(html_texts, splits, st.sampled_from([reversed_words, shuffled]))
def test_html_keeps_all_of_its_tags(text: str, split: Split, function: Callable[[str], str]) -> None:
    translation = translate(text, "html", function, split=split)
    assert translation.text is not None
    assert tags_of(translation.text) == tags_of(text)


@examples(100)
@given(html_trees, splits, st.sampled_from([reversed_words, shuffled]))
def test_html_that_nests_well_does_so_in_the_translation(
    text: str, split: Split, function: Callable[[str], str]
) -> None:
    translation = translate(text, "html", function, split=split)
    assert translation.text is not None
    assert is_nested(translation.text) == is_nested(text)


@examples(100)
@given(xml_texts, splits, st.sampled_from([reversed_words, shuffled]))
def test_xml_stays_well_formed_and_keeps_all_of_its_tags(
    text: str, split: Split, function: Callable[[str], str]
) -> None:
    translation = translate(text, "xml", function, split=split)
    assert translation.text is not None
    assert is_well_formed(text)
    assert is_well_formed(translation.text)
    assert tags_of(translation.text) == tags_of(text)


CASES: list[tuple[str, str]] = [
    ("<p>The <b>fox</b> met a dog.</p>", "<p>THE <b>FOX</b> MET A DOG.</p>"),
    ("<p>One fox.</p>\n<p>Two <i>dogs</i>!</p>", "<p>ONE FOX.</p>\n<p>TWO <i>DOGS</i>!</p>"),
    ("the <b> fox </b> ran", "THE <b> FOX </b> RAN"),
    ("the<b> fox</b> ran", "THE<b> FOX</b> RAN"),
    ("the <img src='a'> fox <br/> ran", "THE <img src='a'> FOX <br/> RAN"),
    ("the fox<!-- it's --> ran", "THE FOX<!-- it's --> RAN"),
    ("<b>the <i>fox</b> ran</i> far", "<b>THE <i>FOX</b> RAN</i> FAR"),
    ("the <a href='x'><b>fox</b></a>, a dog", "THE <a href='x'><b>FOX</b></a>, A DOG"),
    ("the &eacute; 17&nbsp;38 fox &amp; a dog &lt;3", "THE É 17&nbsp;38 FOX &amp; A DOG &lt;3"),
    ("AT&T and the fox < dog", "AT&T AND THE FOX < DOG"),
    ("<p>the fox<p>a dog", "<p>THE FOX<p>A DOG"),
    ("<script>a fox</script>the fox<style>the {}</style>", "<script>a fox</script>THE FOX<style>the {}</style>"),
    ("<pre>the fox</pre> a dog", "<pre>the fox</pre> A DOG"),
    ("<div translate='no'>the <b>fox</b></div> a dog", "<div translate='no'>the <b>fox</b></div> A DOG"),
    ("<p class='a notranslate'>the fox<p>a dog", "<p class='a notranslate'>the fox<p>A DOG"),
    ("<title>the <b>fox</title>", "<title>THE <b>FOX</title>"),
    ("<ul><li>the fox<li>a <b>dog</b></ul>", "<ul><li>THE FOX<li>A <b>DOG</b></ul>"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_html_keeps_everything_but_its_words(text: str, expected: str) -> None:
    assert translate(text, function=lambda shown: shown.upper().replace("TOM", "Tom")).text == expected


def test_a_bare_sign_becomes_no_tag_when_other_words_follow_it() -> None:
    assert translate("<3fox&lt;b&gt;fox<br>", function=reversed_words).text == "also <3fox&lt;b&gt;also fox<br>"
    reversed_around = translate("<3Dr.fox", function=lambda shown: shown[::-1], keep=("fox",))
    assert reversed_around.text == ".rD3&lt;fox"


def test_tags_follow_their_words() -> None:
    """A word that is in both texts looks at itself, wherever it stands; so does a name in place of what is kept."""
    swapped = {"17 foxes met 38 dogs": "38 met dogs 17 foxes x", "Tom met 17 foxes": "17 foxes met Tom x"}
    assert translate("<b>17</b> foxes met <i>38</i> dogs", function=swapped.__getitem__).text == (
        "<i>38</i> met dogs <b>17</b> foxes x"
    )
    assert translate("<code>a &lt; b</code> met <b>17</b> foxes", function=swapped.__getitem__).text == (
        "<b>17</b> foxes met <code>a &lt; b</code> x"
    )


def test_punctuation_that_the_source_lacks_stays_outside() -> None:
    assert translate("the <b>fox</b>", function=lambda shown: "THE FOX.").text == "THE <b>FOX</b>."


def test_tags_inside_of_a_word_that_stays_are_kept_there() -> None:
    found = translate("we drink H<sub>2</sub>O here", function=lambda shown: shown.replace("we drink", "x y z"))
    assert found.text == "x y z H<sub>2</sub>O here"


def test_a_line_end_of_html_is_a_br() -> None:
    seen: list[str] = []

    def answer(shown: str) -> str:
        seen.append(shown)
        return shown.upper()

    text = "the fox<br>met\na dog"
    assert translate(text, function=answer).text == "THE FOX<br>MET\nA DOG"
    assert seen == ["the fox", "met a dog"]
    assert translate(text, function=answer, split="sentences_across_newlines").text == "THE FOX<br>MET\nA DOG"
    assert seen[2:] == ["the fox met a dog"]


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ('the <x id="5"></x> fox', TagRules(ignore=frozenset({"x"})), 'THE <x id="5"></x> FOX'),
        ("the <n>red &amp; <b/></n> fox", TagRules(ignore=frozenset({"n"})), "THE <n>red &amp; <b/></n> FOX"),
        ("<d><t>the fox</t> <t>a dog</t></d>", TagRules(), "<d><t>THE FOX</t> <t>A DOG</t></d>"),
        ("<d>the fox <![CDATA[ & <b>]]> ran</d>", TagRules(), "<d>THE FOX <![CDATA[ & <b>]]> RAN</d>"),
    ],
)
def test_xml_keeps_everything_but_its_words(text: str, rules: TagRules, expected: str) -> None:
    found = translate(text, "xml", lambda shown: shown.upper().replace("TOM", "Tom"), tags=rules).text
    assert found == expected


def test_rules_say_which_tags_end_a_sentence() -> None:
    def sentences(text: str, **rules: frozenset[str] | bool) -> int:
        return len(translate(text, "xml", tags=TagRules(**rules)).segments)  # type: ignore[arg-type]

    assert sentences("the fox <b>met</b> a dog") == 1
    assert sentences("the fox <b>met</b> a dog", splitting=frozenset({"b"})) == 3
    assert sentences("<b>the fox</b><b>met</b>") == 2
    assert sentences("<b>the fox</b><b>met</b>", non_splitting=frozenset({"b"})) == 1
    assert sentences("<b>the fox</b><b>met</b>", detects_outline=False) == 1


def test_xml_that_is_not_well_formed_is_refused_with_its_place() -> None:
    translation = translate("<a>the fox\n<b>x</a>", "xml")
    assert translation.text is None
    assert translation.error is not None
    assert translation.error.code == "invalid_markup"
    assert translation.error.message == "texts[0] is not well-formed XML: mismatched tag at line 2, column 7"


def test_offsets_are_those_of_the_markup() -> None:
    text = "<p>The &amp; <b>fox</b> &amp; met {name}.</p>"
    kept = {"tOM": "Tom", "AND": "and"}
    translation = translate(
        text, function=lambda shown: re.sub("tOM|AND", lambda match: kept[match[0]], shown.swapcase()), alignment=True
    )
    assert translation.text == "<p>tHE &amp; <b>FOX</b> &amp; MET {name}.</p>"
    (report,) = translation.segments
    assert report.source.of(text) == "The &amp; <b>fox</b> &amp; met {name}."
    assert report.target.of(translation.text) == "tHE &amp; <b>FOX</b> &amp; MET {name}."
    pairs = [(link.source.of(text), link.target.of(translation.text)) for link in report.alignment]
    assert ("The", "tHE") in pairs
    assert ("{name}", "{name}") in pairs


def test_a_tag_without_a_word_is_reported() -> None:
    translation = translate("the <b>big</b> <i>fox</i>", function=lambda shown: "x")
    assert translation.text is not None
    assert tags_of(translation.text) == tags_of("the <b>big</b> <i>fox</i>")
    assert [warning.code for warning in translation.warnings] == ["tag_moved"]


def test_deep_nesting_is_no_problem() -> None:
    text = "the " + "<b>" * 600 + "fox" + "</b>" * 600 + " ran"
    assert translate(text).text == "THE " + "<b>" * 600 + "FOX" + "</b>" * 600 + " RAN"


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert translate("the <b>fox</b>", "xml", lambda shown: "THE \x07FOX").text == "THE <b>FOX</b>"
