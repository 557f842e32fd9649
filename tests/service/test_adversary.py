"""An engine that wants to do harm: whatever it answers, the text around it is kept and no answer is out of bounds."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.faults import MAX_CHARACTER_RATIO, MAX_MORE_CHARACTERS
from service.text.placeholders import find_placeholders
from service.text.prose_reader import prose_of
from service.text.segmentation import Split
from service.text.tokens import Format
from service.translation import Translate, Translation
from tests.laws import examples
from tests.service.doubles import FakeEngine
from tests.service.markup_strategies import html_texts, xml_texts
from tests.service.test_markup import tags_of, translate
from tests.service.text.models import subword
from tests.service.text.strategies import splits, texts
from tests.service.translating import outcome

forms = st.one_of(
    st.tuples(st.just("text"), texts), st.tuples(st.just("html"), html_texts), st.tuples(st.just("xml"), xml_texts)
)


def endless(shown: str) -> str:
    """What goes on and on, never in the same words."""
    return " ".join(f"w{index}x" for index in range(400))


def endless_word(shown: str) -> str:
    """A word without end, in which nothing repeats."""
    return "".join(chr(ord("a") + index * index // 7 % 26) for index in range(2000))


def doubled(shown: str) -> str:
    """All that the model was shown, names and numbers with it, twice."""
    return f"{shown} {shown}"


def parroted(shown: str) -> str:
    """Each word thirty times."""
    return " ".join(word for word in shown.split() for _ in range(30))


def marked_up(shown: str) -> str:
    """Markup that nobody asked for, and characters that markup cannot hold."""
    return f"<b>{shown}</b></b> &amp; <script> ]]> \x07\ufdd0\ufdd1\ufddb {{name}} %s"


HARM = [endless, endless_word, doubled, parroted, marked_up]


def bound(text: str, form: Format, translation: Translation) -> int:
    """The greatest number of characters that the answer for `text` may say."""
    return MAX_CHARACTER_RATIO * len(prose_of(text, form).text) + MAX_MORE_CHARACTERS * len(translation.segments)


@examples(150)
@given(forms, splits, st.sampled_from(HARM))
def test_no_answer_is_longer_than_its_bound(
    sent: tuple[Format, str], split: Split, function: Callable[[str], str]
) -> None:
    form, text = sent
    translation = translate(text, form, function, split=split)
    assert translation.text is not None
    assert len(prose_of(translation.text, form).text) <= bound(text, form, translation)
    for report in translation.segments:
        assert len(report.target) <= MAX_CHARACTER_RATIO * len(report.source) + MAX_MORE_CHARACTERS or form != "text"


@examples(100)
@given(forms, splits, st.lists(st.sampled_from(HARM), min_size=3, max_size=3))
def test_no_alternative_is_longer_than_its_bound(
    sent: tuple[Format, str], split: Split, others: Sequence[Callable[[str], str]]
) -> None:
    form, text = sent

    def hypotheses(shown: str) -> Sequence[str]:
        said = shown.removeprefix("<2de>").strip()
        return [said.swapcase(), *(function(said) for function in others)]

    command = Translate((text,), "de", "en", form=form, split=split, num_alternatives=3, beam_size=4)
    (translation,) = outcome(FakeEngine(subword(), hypotheses), command).translations
    for alternative in translation.alternatives:
        assert len(prose_of(alternative.text, form).text) <= bound(text, form, translation)


@pytest.mark.parametrize("harm", [endless, endless_word, parroted, lambda shown: shown.replace("250", "25")])
def test_no_alternative_loops_or_does_not_end_or_lacks_a_figure(harm: Callable[[str], str]) -> None:
    def hypotheses(shown: str) -> Sequence[str]:
        said = shown.removeprefix("<2de>").strip()
        return [f"Also {said}", harm(said), f"Nun {said}"]

    command = Translate(("The fox ate 250 g of meat.",), "de", "en", num_alternatives=2, beam_size=3)
    (translation,) = outcome(FakeEngine(subword(), hypotheses), command).translations
    assert translation.warnings == ()
    assert [each.text for each in translation.alternatives] == ["Nun The fox ate 250 g of meat."]


@examples(100)
@given(texts, splits, st.sampled_from([doubled, parroted, endless]))
def test_no_placeholder_is_doubled(text: str, split: Split, function: Callable[[str], str]) -> None:
    translation = translate(text, "text", function, split=split)
    assert translation.text is not None
    kept = Counter(placeholder.of(text) for placeholder in find_placeholders(text))
    for each, count in kept.items():
        assert translation.text.count(each) >= count
    wanted = {each: count for each, count in kept.items() if count == text.count(each)}  # else words look like it, too
    assert {each: translation.text.count(each) for each in wanted} == wanted


@examples(100)
@given(forms.filter(lambda sent: sent[0] != "text"), splits, st.sampled_from(HARM))
def test_no_tag_is_doubled_or_made_up(sent: tuple[Format, str], split: Split, function: Callable[[str], str]) -> None:
    form, text = sent
    translation = translate(text, form, function, split=split)
    assert translation.text is not None
    assert tags_of(translation.text) == tags_of(text)


@pytest.mark.parametrize("function", [endless, endless_word])
def test_what_does_not_end_gives_way_to_the_source_and_says_so(function: Callable[[str], str]) -> None:
    translation = translate("The quick brown fox.", "text", function)
    assert translation.text == "The quick brown fox."
    assert [warning.code for warning in translation.warnings] == ["repetition", "untranslated"]
