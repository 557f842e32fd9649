"""Laws of the noise on training text: what changes is equal on both sides, and nothing else changes."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data_config import NoiseConfig
from training.noise import NAME, NUMBER, TextNoise, invent_name, invent_number

ALWAYS = 1 - 1e-12
SOURCE, TARGET = "Tom met Mary in Boston at 17 o'clock on 24.12.", "Tom traf Maria um 17 Uhr in Boston am 24.12."


def changed(config: NoiseConfig, source: str = SOURCE, target: str = TARGET, seed: int = 1) -> tuple[str, str]:
    return TextNoise(config)(source, target, random.Random(seed))


@given(st.text(), st.text(), st.integers(0, 99))
def test_no_probability_is_no_change(source: str, target: str, seed: int) -> None:
    assert changed(NoiseConfig(), source, target, seed) == (source, target)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_new_name_stands_on_both_sides_in_the_place_of_the_old(seed: int) -> None:
    source, target = changed(NoiseConfig(names=ALWAYS), seed=seed)
    words, others = source.split(" "), target.split(" ")
    assert words[0] == others[0] != "Tom"
    assert words[4] == others[7] != "Boston"
    assert [words[2], others[2]] == ["Mary", "Maria"]  # not equal on both sides, so not copied
    assert words[5:] == SOURCE.split(" ")[5:]


@pytest.mark.parametrize("seed", range(5))
def test_a_number_becomes_one_of_as_many_digits_and_a_date_stays(seed: int) -> None:
    source, target = changed(NoiseConfig(numbers=ALWAYS), seed=seed)
    assert NUMBER.findall(source) == NUMBER.findall(target)
    assert len(NUMBER.findall(source)[0]) == 2
    assert NUMBER.sub("", source) == NUMBER.sub("", SOURCE)
    assert source.endswith("24.12.")


@pytest.mark.parametrize(("source", "target"), [("Tom saw Tom.", "Tom sah Tom."), ("Tom saw him.", "Er sah ihn.")])
def test_what_cannot_be_aligned_stays(source: str, target: str) -> None:
    assert changed(NoiseConfig(names=ALWAYS), source, target) == (source, target)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (("Go!", "Geh!"), ("Go", "Geh")),
        (("Go.", "Geh!"), ("Go.", "Geh!")),
        (("Go", "Geh"), ("Go", "Geh")),
        ((".", "."), (".", ".")),
        (("", ""), ("", "")),
    ],
)
def test_both_sides_lose_the_mark_that_ends_them_or_neither(pair: tuple[str, str], expected: tuple[str, str]) -> None:
    assert changed(NoiseConfig(full_stop=ALWAYS), *pair) == expected


def test_only_the_source_loses_its_capitals() -> None:
    assert changed(NoiseConfig(lower_case=ALWAYS)) == (SOURCE.lower(), TARGET)


def test_noise_is_a_function_of_the_generator_and_as_frequent_as_asked() -> None:
    config = NoiseConfig(names=0.3)
    assert changed(config, seed=7) == changed(config, seed=7)
    rng = random.Random(0)
    count = sum(TextNoise(config)(SOURCE, TARGET, rng)[0] != SOURCE for _ in range(2000))
    assert 500 < count < 700


def test_names_and_numbers_are_new_each_time() -> None:
    rng = random.Random(0)
    names = Counter(invent_name(rng) for _ in range(1000))
    assert all(NAME.fullmatch(name) or len(name) == 1 for name in names)
    assert len(names) > 800
    assert {len(invent_number(3, rng)) for _ in range(100)} == {3}
    assert {invent_number(1, rng) for _ in range(200)} == set("0123456789")
    assert all(invent_number(2, rng)[0] != "0" for _ in range(100))
