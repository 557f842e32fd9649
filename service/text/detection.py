"""Which served language a text is in, or none rather than a wrong one (measured in docs/decisions/0005)."""

import re
from collections.abc import Sequence

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from service.text.everyday import language_of
from service.text.languages import Detection

MIN_SERVED_SHARE = 0.05  # of the probability over all languages that the identifier knows
MIN_CONFIDENCE = 0.6  # of the probability over the served ones
MAX_WORDS = 3
WORD_CONFIDENCE = 0.75
MAX_CHARACTERS = 1000  # a longer text is judged by its beginning

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


class LanguageDetector:
    """Tells the `languages` (two-letter codes) apart. Its model is loaded by `load` and takes about 100 MB."""

    def __init__(self, languages: Sequence[str], identifier: LanguageIdentifier) -> None:
        self._languages = tuple(sorted(languages))
        self._identifier = identifier

    @classmethod
    def load(cls, languages: Sequence[str]) -> "LanguageDetector":
        """Read the identifier's model, which its package ships."""
        return cls(languages, LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))

    def detect(self, text: str) -> tuple[Detection, ...]:
        """The served languages of `text`, likeliest first.

        None if the text is more likely in a language that is not served, or if no language stands out: then everyday
        words decide if the text is very short, with the confidence `WORD_CONFIDENCE`.
        """
        return self._by_statistics(text) or self._by_words(text)

    def _by_statistics(self, text: str) -> tuple[Detection, ...]:
        shares = dict(self._identifier.rank(text[:MAX_CHARACTERS]))
        served = {language: float(shares.get(language, 0.0)) for language in self._languages}
        total = sum(served.values())
        if total < MIN_SERVED_SHARE:
            return ()
        found = [Detection(language, share / total) for language, share in served.items()]
        found.sort(key=lambda detection: -detection.confidence)
        return tuple(found) if found[0].confidence >= MIN_CONFIDENCE else ()

    def _by_words(self, text: str) -> tuple[Detection, ...]:
        words = _WORD.findall(text[:MAX_CHARACTERS].lower().replace("’", "'"))
        language = language_of(words) if len(words) <= MAX_WORDS else None
        return (Detection(language, WORD_CONFIDENCE),) if language in self._languages else ()
