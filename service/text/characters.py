"""Questions about single characters: what a model translates, what is only decoration."""

import unicodedata

FIRST_SYMBOL = "←"  # below it, signs such as the degree, copyright and trademark signs belong to a sentence's words
JOINERS = "\u200d\ufe0e\ufe0f\u20e3"  # zero-width joiner, variation selectors, keycap: parts of emoji
SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
TAGS = ("\U000e0020", "\U000e007f")  # the letters of flags such as Scotland's

NONCHARACTERS = ("\ufdd0", "\ufdef")  # for a program's own use, as here: what markup keeps is a number written in them


def has_letter(text: str) -> bool:
    """Whether there is anything to translate: numbers, punctuation and symbols alone are the same in every language."""
    return any(map(str.isalpha, text))


def is_symbol(character: str) -> bool:
    """Whether the character is an emoji, part of one, an arrow, a block or a like sign outside of language."""
    if character in JOINERS or SKIN_TONES[0] <= character <= SKIN_TONES[1] or TAGS[0] <= character <= TAGS[1]:
        return True
    return character >= FIRST_SYMBOL and unicodedata.category(character) in ("So", "Co")


def is_invisible(character: str) -> bool:
    """Whether the character shows nothing: spaces, line ends, controls, byte-order and direction marks."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Zs")


def is_decoration(character: str) -> bool:
    """Whether the character may stay outside of what is translated when it stands at an edge."""
    return is_invisible(character) or is_symbol(character)


def is_mark(character: str) -> bool:
    """Whether the character belongs to the one before it (accents, joiners): no text is cut in front of one."""
    return unicodedata.category(character).startswith("M") or character in JOINERS
