"""Noise on training text: pairs as people type them, with names and numbers that no corpus has.

Corpora know a few names by heart (a tenth of the sentences are about one "Tom"), end every sentence with a full stop
and never forget a capital. What must be copied is learned from names and numbers that are new each time.
"""

import random
import re
from collections import Counter
from collections.abc import Callable

from training.data_config import NoiseConfig

NAME = re.compile(r"\b[A-ZÄÖÜ][a-zäöüß]+\b")
NUMBER = re.compile(r"(?<![\d.,:])\b\d+\b(?![.,:]?\d)")
FULL_STOPS = tuple(".!?")
ONSETS = ("", *"bdfghjklmnprstvwz", "br", "ch", "dr", "fr", "gr", "kr", "ph", "sch", "sh", "sl", "st", "th", "tr")
VOWELS = (*"aeiou", "ai", "au", "ea", "ee", "ei", "ia", "ie", "io", "oo", "ou", "y", "ä", "ö", "ü")
CODAS = ("", "", "", *"bdgklmnprstxz", "ck", "ff", "ld", "ll", "nd", "ng", "nn", "rd", "rn", "rt", "ss", "st", "tt")


class TextNoise:
    """Changes a pair, each kind of change with its own probability; both sides stay translations of each other."""

    def __init__(self, config: NoiseConfig) -> None:
        self.config = config

    def __call__(self, source: str, target: str, rng: random.Random) -> tuple[str, str]:
        """The pair with what `rng` draws; an unchanged pair where nothing applies."""
        if rng.random() < self.config.names:
            source, target = _replace_shared(NAME, source, target, lambda _: invent_name(rng))
        if rng.random() < self.config.numbers:
            source, target = _replace_shared(NUMBER, source, target, lambda old: invent_number(len(old), rng))
        if rng.random() < self.config.full_stop and source[-1:] in FULL_STOPS and source[-1:] == target[-1:]:
            source, target = source[:-1].rstrip() or source, target[:-1].rstrip() or target
        if rng.random() < self.config.lower_case:
            source = source.lower()
        return source, target


def invent_name(rng: random.Random) -> str:
    """A capitalised word of one to three syllables."""
    syllables = (rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) for _ in range(rng.choice((1, 2, 2, 3))))
    return "".join(syllables).capitalize()


def invent_number(num_digits: int, rng: random.Random) -> str:
    """A number of so many digits, without a leading zero if there are several."""
    first = rng.choice("123456789" if num_digits > 1 else "0123456789")
    return first + "".join(rng.choice("0123456789") for _ in range(num_digits - 1))


def _replace_shared(
    pattern: re.Pattern[str], source: str, target: str, invent: Callable[[str], str]
) -> tuple[str, str]:
    """Give each word that `pattern` finds exactly once on either side another form, the same on both."""
    found = Counter(pattern.findall(source)), Counter(pattern.findall(target))
    new = {word: invent(word) for word, count in sorted(found[0].items()) if count == found[1][word] == 1}
    if not new:
        return source, target

    def replace(text: str) -> str:
        return pattern.sub(lambda match: new.get(match[0], match[0]), text)

    return replace(source), replace(target)
