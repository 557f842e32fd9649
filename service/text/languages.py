"""What language detection answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Detection:
    """A language that a text may be in; `confidence` from 0 to 1."""

    language: str
    confidence: float
