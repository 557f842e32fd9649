"""The benchmark of markup: its examples are sound, its judgement is right, and no network can lose a tag."""

import pytest

from benchmarks.markup import Example, judge, read_examples, report, translate
from tests.service.tiny_artifact import tiny_artifact

DOG = Example("en", "de", "html", "The <b>dog</b> of {name}.", ("{name}",), (("b", "Hund"),))


def test_the_examples_go_both_ways_and_hold_what_they_name() -> None:
    examples = read_examples()
    assert len(examples) == len({each.text for each in examples}) == 300
    assert {(each.source, each.target) for each in examples} == {("en", "de"), ("de", "en")}
    for each in examples:
        assert each.keep or each.tags
        assert all(literal in each.text for literal in each.keep)
        assert all(f"<{name}" in each.text for name, _ in each.tags)


@pytest.mark.parametrize(
    ("answer", "lost", "is_well_formed", "placed", "misplaced", "unjudged"),
    [
        ("Der <b>Hund</b> von {name}.", (), True, 1, (), 0),
        ("<b>Der Hund</b> von {name}.", (), True, 1, (), 0),
        ("Der Hund <b>von</b> {name}.", (), True, 0, ("b",), 0),
        ("Die <b>Katze</b> von {name}.", (), True, 0, (), 1),
        ("Der <b>Hund</b>.", ("{name}",), True, 1, (), 0),
        ("Der <b>Hund von {name}.", (), False, 0, ("b",), 0),
        ("Der </b>Hund<b> von {name}.", (), False, 0, ("b",), 0),
    ],
)
def test_answers_are_judged(
    answer: str, lost: tuple[str, ...], is_well_formed: bool, placed: int, misplaced: tuple[str, ...], unjudged: int
) -> None:
    verdict = judge(DOG, answer)
    assert (verdict.lost, verdict.is_well_formed) == (lost, is_well_formed)
    assert (verdict.placed, verdict.misplaced, verdict.unjudged) == (placed, misplaced, unjudged)


@pytest.mark.slow
def test_a_network_that_knows_nothing_loses_nothing() -> None:
    examples = read_examples()[::6]
    answers = translate(examples, tiny_artifact())
    verdicts = [judge(each, answer) for each, answer in zip(examples, answers, strict=True) if answer is not None]
    assert len(verdicts) == 50
    assert [each.lost for each in verdicts if each.lost] == []
    broken = [answer for each, answer in zip(verdicts, answers, strict=True) if not each.is_well_formed]
    assert broken == []
    assert len([line for line in report(examples, answers) if "right word" in line]) == 2
