"""Laws of the behaviour suite: each failure has its reason, the shipped suite is complete, and a loss is refused."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.behaviour import Case, Rate, Suite, load_suite, longest_run, problem, rates, run_suite
from training.behaviour_baseline import BehaviourBaseline, judge_rates, load_baseline, save_baseline
from training.behaviour_command import as_text
from training.gate import judge_behaviour
from training.requirements import RequirementsError
from training.strict import ConfigError
from training.testset import TestText

DATA = Path(__file__).parents[1] / "data"
SUITE = DATA / "behaviour.yaml"
DIRECTIONS = {
    "behaviour.yaml": ("en-de", "de-en"),
    "behaviour-fr-es.yaml": ("en-fr", "fr-en", "en-es", "es-en"),
}


def make_case(text: str = "A house 17.", **expectations: object) -> Case:
    return Case("things", "en-de", text, **expectations)  # type: ignore[arg-type]


def copying(texts: Sequence[str], source: str, target: str) -> list[str]:
    return list(texts)


@pytest.mark.parametrize(
    ("case", "output", "reason"),
    [
        (make_case(contains=("17",)), "Ein Haus 17.", None),
        (make_case(contains=("17",)), "Ein Haus 18.", "lacks '17'"),
        (make_case(), " ", "is empty"),
        (make_case(may_be_empty=True), "", None),
        (make_case(any_of=("haus", "Heim")), "Ein Haus.", None),
        (make_case(any_of=("Hütte", "Heim")), "Ein Haus.", "has none of"),
        (make_case(lacks=("house",)), "Ein House.", "has 'house'"),
        (make_case(ends_with="?"), "Ein Haus. ", "does not end with"),
        (make_case(ends_with="."), "Ein Haus. ", None),
        (make_case(max_length=2), "Ein Haus mit der Nummer siebzehn.", "times as long"),
        (make_case(min_length=0.5), "Ein", "times as long"),
        (make_case(), "das Haus das Haus das Haus das Haus", "repeats itself 4 times"),
        (make_case("no no no no"), "nein nein nein nein", None),
    ],
)
def test_a_case_fails_for_its_reason_alone(case: Case, output: str, reason: str | None) -> None:
    found = problem(case, {case.text: output})
    assert (found is None) if reason is None else (found is not None and reason in found)


def test_invariance_compares_with_the_translation_of_the_other_source() -> None:
    case = make_case("HELP ME!", like="Help me!")
    assert problem(case, {"HELP ME!": "HILF MIR!", "Help me!": "Hilf mir!"}) is None
    assert "is unlike" in str(problem(case, {"HELP ME!": "Hunde.", "Help me!": "Hilf mir!"}))


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), st.integers(1, 6))
def test_a_unit_that_stands_n_times_in_a_row_is_a_run_of_at_least_n(unit: list[str], count: int) -> None:
    assert longest_run(" ".join(unit * count)) >= count


@given(st.lists(st.integers(), unique=True, max_size=20))
def test_words_that_all_differ_are_no_run(words: list[int]) -> None:
    assert longest_run(" ".join(map(str, words))) == 1


def test_each_text_is_translated_once_and_only_in_its_direction() -> None:
    asked: list[str] = []

    def translate(texts: Sequence[str], source: str, target: str) -> list[str]:
        asked.extend(texts)
        return list(texts)

    other = Case("things", "de-en", "Haus")
    suite = Suite((make_case("A."), make_case("a.", like="A."), make_case("B."), other))
    assert [result.case.text for result in run_suite(suite, "en", "de", translate)] == ["A.", "a.", "B."]
    assert Counter(asked) == {"A.": 1, "a.": 1, "B.": 1}
    assert run_suite(suite, "en", "fr", translate) == []


@pytest.mark.parametrize("name", DIRECTIONS)
def test_each_shipped_suite_has_every_capability_in_all_of_its_directions(name: str) -> None:
    suite = load_suite(DATA / name)
    counts = {pair: Counter(case.capability for case in suite.of(*pair.split("-"))) for pair in DIRECTIONS[name]}
    assert sum(counter.total() for counter in counts.values()) == len(suite.cases)
    assert len({frozenset(counter) for counter in counts.values()}) == 1
    assert len(counts[DIRECTIONS[name][0]]) == 14
    assert all(count >= (4 if name == "long sentences" else 8) for c in counts.values() for name, count in c.items())
    texts = [(case.pair, case.text, case.capability) for case in suite.cases]
    assert len(set(texts)) == len(texts)
    assert all(len(case.text.split()) >= 75 for case in suite.cases if case.capability == "long sentences")


def test_what_is_copied_passes_where_copying_is_asked_and_fails_where_translating_is() -> None:
    found = rates(run_suite(load_suite(SUITE), "en", "de", copying))
    assert all(found[name].passed == found[name].total for name in ("e-mail", "URLs", "names", "lines", "questions"))
    assert found["negation"].passed == 0


def test_a_wrong_suite_is_refused_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text("cases:\n  - {capability: x, pair: ende, text: a}\n")
    with pytest.raises(ConfigError, match=r"suite.yaml: cases\[0\]: pair is ende"):
        load_suite(path)
    with pytest.raises(ConfigError, match="missing"):
        load_suite(tmp_path / "missing.yaml")


def test_one_case_may_be_lost_and_two_may_not() -> None:
    before = {"numbers": Rate(8, 9), "names": Rate(5, 8), "negation": Rate(7, 8)}

    def refused(**now: int) -> list[str]:
        found = {name: Rate(now.get(name, rate.passed), rate.total) for name, rate in before.items()}
        return [finding.check for finding in judge_rates(before, found) if finding.refuses]

    assert refused() == refused(numbers=9, names=8) == refused(numbers=7) == refused(numbers=7, names=4) == []
    assert refused(numbers=6) == ["behaviour: numbers"]
    assert refused(numbers=7, names=4, negation=6) == ["behaviour: all"]
    lost = [finding.text for finding in judge_rates(before, {}) if finding.refuses]
    assert "numbers: 0 of 0" not in lost[0]
    assert len(lost) == 4


def test_a_baseline_comes_back_as_it_was_written_and_judges(tmp_path: Path) -> None:
    suite = Suite((make_case("A 1.", contains=("1",)), make_case("A 2.", contains=("2",))))
    found = rates(run_suite(suite, "en", "de", copying))
    baseline = BehaviourBaseline(TestText("behaviour.yaml", "0" * 64), {("en", "de"): found})
    assert load_baseline(tmp_path) is None
    save_baseline(tmp_path, baseline)
    assert load_baseline(tmp_path) == baseline
    assert [verdict.refuses for verdict in judge_behaviour(baseline, suite, copying)] == [False]
    silent = judge_behaviour(baseline, suite, lambda texts, *_: ["?" for _ in texts])
    assert [verdict.refuses for verdict in silent] == [True]
    (tmp_path / "behaviour.json").write_text('{"pairs": 3}')
    with pytest.raises(RequirementsError, match=r"behaviour\.json"):
        load_baseline(tmp_path)


def test_people_see_each_rate_and_the_failures_they_ask_for() -> None:
    results = run_suite(Suite((make_case("A 1.", contains=("2",)), make_case("B 2."))), "en", "de", copying)
    assert "1 of 2 (50%)" in as_text({("en", "de"): results})
    assert "lacks '2'" not in as_text({("en", "de"): results})
    assert "'A 1.' became 'A 1.': lacks '2'" in as_text({("en", "de"): results}, verbose=True)
