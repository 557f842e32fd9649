"""The service as its users meet it."""

import asyncio
import contextlib
import socket
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import Service, dragoman, running
from tests.service.text.models import SENTENCES

EN_DE = {"source": "en", "target": "de"}
NUM_CLIENTS, NUM_TEXTS = 200, 20


def translate(service: Service, *texts: str, **options: object) -> list[str]:
    with service.client() as client:
        answered = client.post("/v1/translate", json={"texts": texts, **EN_DE, **options})
    assert answered.status_code == 200, answered.text
    return [each["text"] for each in answered.json()["translations"]]


def test_it_translates_and_keeps_the_gaps(service: Service) -> None:
    [text] = translate(service, "  How are you?\r\n\r\n\tI have 17 apples.\u2028\n")
    assert text.startswith("  ")
    assert text.endswith("\u2028\n")
    assert "\r\n\r\n\t" in text


def test_two_hundred_clients_at_once_get_what_each_gets_alone(service: Service) -> None:
    texts = [f"{SENTENCES[i % len(SENTENCES)]} {i}" for i in range(NUM_TEXTS)]
    alone = [translate(service, text)[0] for text in texts]

    async def ask(client: httpx.AsyncClient, text: str) -> str:
        answered = await client.post("/v1/translate", json={"texts": [text], **EN_DE})
        translation: str = answered.json()["translations"][0]["text"]
        return translation

    async def ask_all() -> list[str]:
        limits = httpx.Limits(max_connections=NUM_CLIENTS)
        async with httpx.AsyncClient(base_url=service.url, timeout=120.0, limits=limits) as client:
            return await asyncio.gather(*(ask(client, texts[i % NUM_TEXTS]) for i in range(NUM_CLIENTS)))

    assert asyncio.run(ask_all()) == alone * (NUM_CLIENTS // NUM_TEXTS)


def test_the_command_and_the_route_give_the_same(service: Service, artifact: Path) -> None:
    lines = [*SENTENCES, "", "a\rb", "c\u2028d\x0be", "  indented. Twice!  "]
    given = "\n".join(lines).encode()
    alone = dragoman("translate", *options(), "--artifact", str(artifact), stdin=given)
    through = dragoman("translate", *options(), "--server", service.url, stdin=given)
    assert (alone.returncode, through.returncode) == (0, 0), alone.stderr + through.stderr
    assert alone.stdout.count(b"\n") == given.count(b"\n")
    assert alone.stdout.decode().split("\n") == translate(service, *lines)
    assert through.stdout == alone.stdout


def test_a_slow_client_does_not_keep_others_waiting(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"POST /v1/translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        slow.sendall(b"Content-Length: 1000\r\n\r\n{")
        assert translate(service, "Hello there.") != []


def test_a_head_that_does_not_end_is_not_read_for_ever(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10.0) as endless:
        endless.sendall(b"GET / HTTP/1.1\r\nX: ")
        with contextlib.suppress(ConnectionError):  # it hangs up while we still send
            endless.sendall(b"x" * 100_000)
            assert b" 400 " in endless.recv(100)
        with contextlib.suppress(ConnectionError):
            while endless.recv(1000):
                pass
    assert translate(service, "Hello there.") != []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"texts": ["x" * 1_000_000], **EN_DE}, 400),
        ({"texts": ["x" * 1_100_000], **EN_DE}, 413),
        ({"texts": ["word " * 500], **EN_DE}, 200),
        ({"texts": ["x" * 2000], **EN_DE}, 200),
        ({"texts": [""], **EN_DE}, 200),
        ({"texts": ["\x00\x07"], **EN_DE}, 200),
        ({"texts": ["a"], "source": "en", "target": "fr"}, 400),
        ({"texts": [7], **EN_DE}, 400),
    ],
    ids=["1 MB", "more", "long", "one endless word", "empty", "control characters", "pair", "type"],
)
def test_bad_input_is_answered_clearly(service: Service, body: dict[str, object], status: int) -> None:
    with service.client() as client:
        answered = client.post("/v1/translate", json=body)
    assert answered.status_code == status, answered.text[:300]
    assert "Traceback" not in answered.text
    if status >= 400:
        assert {"code", "message", "request_id"} <= answered.json()["error"].keys()


def test_every_line_of_its_log_is_json_and_none_has_a_text(service: Service) -> None:
    translate(service, "Geheimnis")
    entries = service.entries_of_answered()
    assert {"time", "level", "message"} <= entries[-1].keys()
    assert not any("Geheimnis" in str(entry) for entry in entries)
    assert not any("exception" in entry for entry in entries)


@pytest.mark.slow
def test_the_default_service_translates_english_from_and_to_german_french_and_spanish() -> None:
    water = {"en": "water", "de": "Wasser", "fr": "eau", "es": "agua"}
    sentences = {
        "en": "I would like a glass of water.",
        "de": "Ich hätte gern ein Glas Wasser.",
        "fr": "Je voudrais un verre d'eau.",
        "es": "Quisiera un vaso de agua.",
    }
    with running(None) as started, started.client() as client:
        started.await_ready()
        for source, target in [("en", "de"), ("de", "en"), ("en", "fr"), ("fr", "en"), ("en", "es"), ("es", "en")]:
            asked = {"texts": [sentences[source]], "source": source, "target": target}
            answered = client.post("/v1/translate", json=asked)
            assert water[target] in answered.json()["translations"][0]["text"], (source, target)
            asked = {"q": sentences[source], "source": "auto", "target": target}
            told = client.post("/translate", json=asked).json()
            assert water[target] in told["translatedText"]
            assert told["detectedLanguage"]["language"] == source


def options() -> tuple[str, ...]:
    return ("--source", "en", "--target", "de")
