"""Numbers with their units, and ampersands, are in the translation, in one of the forms that a translator would use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.artifact_config import Pair
from service.text.edits import Edited
from service.text.figures import is_figure, localise, lost_figures
from tests.laws import examples
from tests.service.text.strategies import texts

EN_DE, DE_EN = Pair("en", "de", None), Pair("de", "en", None)


def lost(source: str, target: str) -> list[str]:
    """What is lost on the way out of the language of `source`, which is German if it begins so."""
    pair = DE_EN if source.startswith(("Es", "Ab")) else EN_DE
    return [span.of(source) for span in lost_figures(source, target, pair)]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("It costs 20 euros.", "Es kostet 20 Euro."),
        ("It costs $1,250.50.", "Es kostet 1.250,50 $."),
        ("It costs $5.", "Es kostet 5 Dollar."),
        ("Es kostet 15.000 Euro.", "It costs 15,000 euros."),
        ("Es kostet 15.000 Euro.", "It costs 15000 euros."),
        ("15,000 people", "15 000 Menschen"),
        ("Es kostet 3.500 Euro.", "It costs 3,500 euros."),
        ("It is 3.142 metres long.", "Es ist 3,142 Meter lang."),
        ("In 2024 300 people came.", "2024 kamen 300 Leute."),
        ("It weighs 3.5 kg.", "Es wiegt 3,5 Kilogramm."),
        ("It costs 3.50 euros.", "Es kostet 3,5 Euro."),
        ("It rose by 7 percent.", "Es stieg um 7 %."),
        ("It rose by 7 %.", "Es stieg um 7 Prozent."),
        ("the 1st prize", "der erste Preis"),
        ("We have 2 dogs.", "Wir haben zwei Hunde."),
        ("May 3, 2024", "3. Mai 2024"),
        ("We met at 9:30.", "Wir trafen uns um halb zehn."),
        ("We met at 7 pm.", "Wir trafen uns um 19 Uhr."),
        ("We met at 7 pm.", "Wir trafen uns um 19:00 Uhr."),
        ("We met at 5:30 pm.", "Wir trafen uns um 17:30 Uhr."),
        ("Tom & Maria", "Tom & Maria"),
        ("No figure.", "17"),
        ("Es sind -3,5 °C.", "It is −3.5 degrees."),
        ("It is -5 degrees.", "Es sind minus 5 Grad."),
        ("pages 3-5", "Seiten 3–5"),
        ("e.g. 3.5g", "3.5g"),
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
        ("It costs 3.500.", "Es kostet 3500.", ["3.500"]),
        ("Es kostet 3.500 Euro.", "It costs 3.5 euros.", ["3.500"]),
        ("Es kostet 3.500 Euro.", "It costs 35.00 euros.", ["3.500"]),
        ("It costs 3.50 euros.", "Es kostet drei Euro.", ["3.50"]),
        ("My room is 608.", "Mein Zimmer ist 6080.", ["608"]),
        ("at 7 am in room 7", "um 7 Uhr im Zimmer", []),
        ("at 5 pm in room 5", "im Zimmer, am Nachmittag", ["5"]),
        ("Es sind -3,5 °C.", "It is 3.5 °C.", ["-3,5 °C"]),
        ("Tom & Maria", "Tom half Maria", ["&"]),
        ("Tom& Maria", "Tom Maria", ["&"]),
        ("2½ cups", "2 Tassen", ["2½"]),
        ("2½ cups", "21⁄2 Tassen", ["2½"]),
        ("2 cups", "2½ Tassen", ["2"]),
        ("2½ cups", "2½ Tassen", []),
        ("2½ cups", "2,5 Tassen", []),
        ("¼l of milk, 2½kg of flour", "¼l Milch, 2½kg Mehl", []),
        ("2 ½ cups", "2½ Tassen", []),
        ("½ an hour", "eine halbe Stunde", []),
        ("1½ hours", "anderthalb Stunden", []),
        ("¼ of it", "ein Viertel davon", []),
        ("¾ of the work", "drei Viertel der Arbeit", []),
        ("¾ of the work", "Dreiviertel der Arbeit", []),
        ("¾ of the work", "ein Viertel der Arbeit", ["¾"]),
        ("¼ of it", "vier davon", ["¼"]),
        ("¼ of it", "drei Viertel davon", ["¼"]),
        ("¼ of the team", "das Viertelfinale", ["¼"]),
        ("¼ of an hour", "eine Viertelstunde", []),
        ("5\nkg of pears", "5 Birnen", ["5\nkg"]),
        ("5 m'a", "5 hat mir", []),
        ("¾ of it, $¼", "0,75 davon, 25 Dollar", ["$¼"]),
        ("1,234½ kg", "1.234½ kg", []),
        ("1,234½ kg", "1.2341⁄2 kg", ["1,234½ kg"]),
        ("4 m² and 5 km²", "4 Quadratmeter und 5 km", ["5 km²"]),
        ("⅔ of it", "zwei davon", ["⅔"]),
        ("It is -⅓.", "Es ist ⅓.", ["-⅓"]),
        ("Tom &amp; Maria", "Tom & Maria", ["&amp;"]),
        ("Tom & Maria", "Tom &amp; Maria", ["&"]),
        ("Tom &amp; Maria & John", "Tom & Maria &amp; John", []),
        ("We met at 10:15.", "Wir trafen uns um 2:15 Uhr.", ["10:15"]),
        ("We have 10 dogs.", "Wir tanzen mit Hunden.", ["10"]),
    ],
)
def test_a_figure_that_is_not_there_or_another_is_lost(source: str, target: str, figures: list[str]) -> None:
    assert lost(source, target) == figures


@examples(200)
@given(texts)
def test_a_text_loses_nothing_to_itself(text: str) -> None:
    assert lost_figures(text, text, EN_DE) == []


@examples(100)
@given(st.integers(13, 10**9), st.sampled_from(["", ".", " ", "\u202f", "'"]))
def test_thousands_may_be_grouped_in_each_way_of_the_target(number: int, mark: str) -> None:
    assert lost(f"It has {number:,} words", f"Es hat {number:,} Wörter".replace(",", mark)) == []


@pytest.mark.parametrize(
    ("copy", "expected"),
    [("It has 1,234 words.", "It has 1.234 words."), ("It has 1,234½ words.", "It has 1.234½ words.")],
)
def test_a_number_that_was_copied_is_written_as_the_target_writes_it(copy: str, expected: str) -> None:
    assert Edited(copy, localise(copy, copy, EN_DE)).text == expected


@pytest.mark.parametrize("text", ["5", "$5", "3.5 kg", "15.000", "7 %", "1 000"])
def test_figures_are_told_from_words(text: str) -> None:
    assert is_figure(text)
    assert not is_figure(f"{text} dogs")
    assert not is_figure("&")
    assert is_figure("2½ kg")
    assert is_figure("¼")
