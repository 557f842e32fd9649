"""Language detection that is loaded after it is made: its half a second need not hold up the rest."""

from collections.abc import Sequence

from service.engine.errors import NotReady
from service.text.detection import LanguageDetector
from service.text.languages import Detection

_UNPACKED_MB = 68


class DetectorUnavailable(Exception):
    """Language detection could not be loaded; the message says what it needs."""


class LoadableDetector:
    """Tells `languages` (two-letter codes) apart once `load` has been called, on whichever thread."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._languages = languages
        self._loaded: LanguageDetector | None = None

    def load(self) -> None:
        """Read the model; raises DetectorUnavailable."""
        try:
            self._loaded = LanguageDetector.load(self._languages)
        except OSError as error:
            raise DetectorUnavailable(
                f"language detection cannot be loaded: {error}; it unpacks {_UNPACKED_MB} MB for a moment where "
                "temporary files go, which is /tmp unless TMPDIR names another directory"
            ) from error

    def detect(self, text: str) -> tuple[Detection, ...]:
        """The languages that `text` may be in, best first; raises NotReady before it is loaded."""
        if self._loaded is None:
            raise NotReady("language detection is not loaded yet")
        return self._loaded.detect(text)
