"""Measures language detection on the first words of real sentences, and on sentences in languages not served.

python -m benchmarks.detection [--data ../shared/data]
"""

import argparse
import gzip
import time
from collections.abc import Sequence
from pathlib import Path

from service.text.detection import LanguageDetector

SETS = [("tatoeba-en-de", "en"), ("tatoeba-en-de", "de"), ("tatoeba-en-fr", "fr"), ("tatoeba-en-es", "es")]
NUM_SENTENCES = 1000
LENGTHS = (1, 2, 3, 5, 1000)
FOREIGN = """
Olá, tudo bem com você?|Eu não sei o que fazer.|Onde fica a estação?|Obrigado pela ajuda.|Amanhã vai chover.
Ciao bella, come stai?|Non so cosa fare.|Dove si trova la stazione?|Grazie per l'aiuto.|Domani pioverà.
Hoe gaat het met je?|Ik weet niet wat ik moet doen.|Waar is het station?|Bedankt voor je hulp.|Morgen gaat het regenen.
Hej, hur mår du idag?|Jag vet inte vad jag ska göra.|Var ligger stationen?|Tack för hjälpen.
Jak się masz?|Nie wiem, co robić.|Gdzie jest dworzec?|Dziękuję za pomoc.|Привет, как дела?|Я не знаю, что делать.
Bon dia, com estàs?|No sé què fer.|Gallia est omnis divisa in partes tres.
你好吗？|我不知道该怎么办。|こんにちは、元気ですか。
"""


def measure(detector: LanguageDetector, texts: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    """Shares of texts answered, and of those rightly; and microseconds per text."""
    started = time.perf_counter()
    found = [(language, detector.detect(text)) for text, language in texts]
    seconds = time.perf_counter() - started
    answered = [(language, detections[0].language) for language, detections in found if detections]
    right = sum(wanted == language for wanted, language in answered)
    return len(answered) / len(texts), right / max(1, len(answered)), 1e6 * seconds / len(texts)


def read(data: Path) -> list[tuple[str, str]]:
    """Sentences of the development sets with their languages."""
    texts: list[tuple[str, str]] = []
    for corpus, language in SETS:
        with gzip.open(data / corpus / f"dev.{language}.gz", "rt", encoding="utf-8") as file:
            texts += [(line.strip(), language) for line, _ in zip(file, range(NUM_SENTENCES), strict=False)]
    return texts


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure language detection.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    detector = LanguageDetector.load([language for _, language in SETS])
    sentences = read(options.data)
    for length in LENGTHS:
        texts = [(" ".join(text.split()[:length]), language) for text, language in sentences]
        answered, right, microseconds = measure(detector, texts)
        print(
            f"first {length:>4} words: answered {answered:.3f}, of these right {right:.4f}, {microseconds:.0f} us each"
        )
    foreign = [text for line in FOREIGN.strip().splitlines() for text in line.split("|")]
    wrong = [text for text in foreign if detector.detect(text)]
    print(f"languages not served: {len(wrong)} of {len(foreign)} taken for a served one: {wrong}")


if __name__ == "__main__":
    main()
