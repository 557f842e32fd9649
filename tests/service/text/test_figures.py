"""Numbers with their units, and ampersands, are in the translation, in one of the forms that a translator would use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.figures import is_figure, lost_figures
from tests.service.text.strategies import examples, texts


def lost(source: str, target: str) -> list[str]:
    return [span.of(source) for span in lost_figures(source, target)]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("It costs 20 euros.", "Es kostet 20 Euro."),
        ("It costs $1,250.50.", "Es kostet 1.250,50 $."),
        ("It costs $5.", "Es kostet 5 Dollar."),
        ("Es kostet 15.000 Euro.", "It costs 15,000 euros."),
        ("Es kostet 15.000 Euro.", "It costs 15000 euros."),
        ("15000 people", "15 000 personnes"),
        ("It weighs 3.5 kg.", "Es wiegt 3,5 Kilogramm."),
        ("It costs 3.50 euros.", "Es kostet 3,5 Euro."),
        ("It rose by 7 percent.", "Es stieg um 7 %."),
        ("It rose by 7 %.", "Es stieg um 7 Prozent."),
        ("the 1st prize", "der erste Preis"),
        ("We have 2 dogs.", "Wir haben zwei Hunde."),
        ("May 3, 2024", "3. Mai 2024"),
        ("We met at 9:30.", "Wir trafen uns um halb zehn."),
        ("We met at 7 pm.", "Wir trafen uns um 19 Uhr."),
        ("Tom & Maria", "Tom & Maria"),
        ("No figure.", "17"),
    ],
)
def test_what_a_translator_would_write_is_no_loss(source: str, target: str) -> None:
    assert lost(source, target) == []


@pytest.mark.parametrize(
    ("source", "target", "figures"),
    [
        ("It costs 20 euros.", "Es kostet zwei Euro.", ["20"]),
        ("It weighs 3.5 kg.", "Es wiegt 35 kg.", ["3.5 kg"]),
        ("It weighs 3.5 kg.", "Es wiegt 3,5.", ["3.5 kg"]),
        ("It costs $5.", "Es kostet 5 Euro.", ["$5"]),
        ("12 of 12 files", "12 Dateien", ["12"]),
        ("12 of 12 files", "13 Dateien", ["12", "12"]),
        ("Es kostet 15.000 Euro.", "It costs 15 euros.", ["15.000"]),
        ("It costs 0.500.", "Es kostet 500.", ["0.500"]),
        ("It costs 3.50 euros.", "Es kostet drei Euro.", ["3.50"]),
        ("My room is 608.", "Mein Zimmer ist 6080.", ["608"]),
        ("Tom & Maria", "Tom half Maria", ["&"]),
        ("We have 10 dogs.", "Wir tanzen mit Hunden.", ["10"]),
    ],
)
def test_a_figure_that_is_not_there_or_another_is_lost(source: str, target: str, figures: list[str]) -> None:
    assert lost(source, target) == figures


@examples(200)
@given(texts)
def test_a_text_loses_nothing_to_itself(text: str) -> None:
    assert lost_figures(text, text) == []


@examples(100)
@given(st.integers(13, 10**9), st.sampled_from([",", ".", " ", "\u202f", "'"]), st.sampled_from([",", ".", ""]))
def test_thousands_may_be_grouped_in_any_way(number: int, mark: str, other: str) -> None:
    source, target = f"{number:,}".replace(",", mark), f"{number:,}".replace(",", other)
    assert lost(f"It has {source} words", f"Es hat {target} Wörter") == []


@pytest.mark.parametrize("text", ["5", "$5", "3.5 kg", "15.000", "7 %", "1 000"])
def test_figures_are_told_from_words(text: str) -> None:
    assert is_figure(text)
    assert not is_figure(f"{text} dogs")
    assert not is_figure("&")
