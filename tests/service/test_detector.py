"""Language detection is asked only once it is there, and says what it needs where it cannot be."""

import pytest

from service.detector import DetectorUnavailable, LoadableDetector
from service.engine.errors import NotReady
from service.text.detection import LanguageDetector


def test_before_it_is_loaded_it_is_not_ready() -> None:
    with pytest.raises(NotReady):
        LoadableDetector(["de", "en"]).detect("Good morning")


def test_loaded_it_answers_as_the_detector_of_these_languages() -> None:
    detector = LoadableDetector(["de", "en"])
    detector.load()
    text = "Is there a bakery near the station?"
    assert detector.detect(text) == LanguageDetector.load(["de", "en"]).detect(text) != ()


def test_without_room_to_unpack_it_names_how_much_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(languages: object) -> LanguageDetector:
        raise OSError("No space left on device")

    monkeypatch.setattr(LanguageDetector, "load", fail)
    with pytest.raises(DetectorUnavailable, match=r"No space left on device; it unpacks 68 MB .* TMPDIR"):
        LoadableDetector(["de", "en"]).load()
