"""Languages: what detection answers, and what a code means."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Detection:
    """A language that a text may be in; `confidence` from 0 to 1."""

    language: str
    confidence: float


def base_of(code: str) -> str:
    """The language of `code`, without its region: "de" of "de-AT"."""
    return code.partition("-")[0].lower()
