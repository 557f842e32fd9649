"""A program's messages, 200 of them in a PO file, through the foreign dialects: every format string stays valid."""

import asyncio
import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from fastapi.testclient import TestClient

from service import artifact as artifacts
from service.artifact_config import Pair
from service.engine.async_engine import Arrivals, AsyncEngine
from service.engine.engine import Engine
from service.engine.options import EngineOptions
from service.engine.result import Outcome
from service.engine.segment import Segment
from service.routes import routes_of
from service.text.subword import describe
from service.translator import Translator
from tests.service.api.doubles import make_core, serving
from tests.service.doubles import FakeEngine, routes
from tests.service.text.models import subword
from tests.service.translating import FixedDetector

MESSAGES = Path(__file__).parents[2] / "data" / "messages.po"
ARTIFACT = Path(__file__).parents[3] / "artifacts" / "tatoeba-en-de"
_VARIABLE = re.compile(r"%(?:\(\w+\))?(?:\.\d+)?[a-z]|\{\w+\}")


def babble(shown: str) -> str:
    """What a bad model might say: words in another order and case, now and then one too few."""
    words = shown.split()
    kept = words[1:] if len(words) % 3 == 0 else words
    return " ".join(word if word[:1].isupper() else word.swapcase() for word in reversed(kept))


class LoopEngine:
    """A running engine for the requests of whichever event loop asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        return await AsyncEngine(self._engine, asyncio.get_running_loop()).translate(segments)

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        return AsyncEngine(self._engine, asyncio.get_running_loop()).stream(segments)


@contextmanager
def babbling() -> Iterator[Translator]:
    engine = FakeEngine(subword(), lambda shown: [babble(shown.removeprefix("<2de>").strip())])
    yield Translator(engine, routes(subword(), [Pair("en", "de", "<2de>")]), FixedDetector())


@contextmanager
def trained() -> Iterator[Translator]:
    artifact = artifacts.load(ARTIFACT, describe)
    engine = Engine([artifact], EngineOptions())
    engine.start()
    try:
        yield Translator(LoopEngine(engine), routes_of([artifact]), FixedDetector())
    finally:
        engine.stop(30.0)


@pytest.fixture(scope="module", params=[babbling, trained])
def client(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with request.param() as translator, serving(make_core(translator=translator)) as running:
        yield running


def by_libretranslate(client: TestClient, texts: Sequence[str]) -> list[str]:
    answer = client.post("/translate", json={"q": list(texts), "source": "en", "target": "de"})
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json()["translatedText"]
    return found


def by_deepl(client: TestClient, texts: Sequence[str]) -> list[str]:
    answer = client.post("/v2/translate", json={"text": list(texts), "source_lang": "EN", "target_lang": "DE"})
    assert answer.status_code == 200, answer.text
    return [each["text"] for each in answer.json()["translations"]]


def forms(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


@pytest.mark.parametrize("dialect", [by_libretranslate, by_deepl])
def test_a_file_of_messages_keeps_its_formats(
    client: TestClient, dialect: Callable[[TestClient, Sequence[str]], list[str]], tmp_path: Path
) -> None:
    catalog = read_po(io.BytesIO(MESSAGES.read_bytes()), locale="de")
    messages = [message for message in catalog if message.id]
    assert len(messages) == 200
    texts = [form for message in messages for form in forms(message)]
    answers = dialect(client, texts)
    assert answers != texts
    for text, answer in zip(texts, answers, strict=True):
        assert Counter(_VARIABLE.findall(answer)) == Counter(_VARIABLE.findall(text)), text
    written = write(catalog, messages, iter(answers), tmp_path / "de.po")
    assert [list(map(str, errors)) for _, errors in catalog.check()] == []
    if (msgfmt := shutil.which("msgfmt")) is not None:
        subprocess.run([msgfmt, "--check-format", "-o", tmp_path / "de.mo", written], check=True, capture_output=True)


def write(catalog: Catalog, messages: Sequence[Message], answers: Iterator[str], path: Path) -> Path:
    """The messages with their translations, as a file."""
    for message in messages:
        found = tuple(next(answers) for _ in forms(message))
        message.string = found[0] if isinstance(message.id, str) else found
    with path.open("wb") as file:
        write_po(file, catalog)
    return path
