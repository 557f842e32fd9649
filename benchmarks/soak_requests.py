"""Requests of every dialect, good and bad, and how to read the translations out of their answers."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlencode

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NDJSON = {"Accept": "application/x-ndjson"}

Read = Callable[[bytes], list[str]]


@dataclass(frozen=True)
class Text:
    """What a client wants translated; `form` is `text` or `html`."""

    words: str
    form: str = "text"


@dataclass(frozen=True)
class Ask:
    """A request. A good one, and only that, has texts; `read` finds their translations, in order."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: JSON)
    texts: tuple[Text, ...] = ()
    read: Read = lambda _: []


class MalformedAnswer(Exception):
    """An answer that does not hold what it should; the message says what."""


def native(texts: Sequence[Text], source: str, target: str) -> Ask:
    """The service's own dialect."""
    return Ask("/v1/translate", _native_body(texts, source, target), JSON, tuple(texts), _read_native)


def stream(texts: Sequence[Text], source: str, target: str) -> Ask:
    """The same as server-sent events."""
    return Ask("/v1/translate/stream", _native_body(texts, source, target), JSON, tuple(texts), _read_events)


def lines(texts: Sequence[Text], source: str, target: str) -> Ask:
    """The same as lines of JSON."""
    body = _native_body(texts, source, target)
    return Ask("/v1/translate/stream", body, JSON | NDJSON, tuple(texts), _read_lines)


def libretranslate(texts: Sequence[Text], source: str, target: str) -> Ask:
    """LibreTranslate's clients."""
    asked = {"q": [each.words for each in texts], "source": source, "target": target, "format": texts[0].form}
    return Ask(
        "/translate", json.dumps(asked).encode(), JSON, tuple(texts), lambda body: _field(body, "translatedText")
    )


def deepl(texts: Sequence[Text], source: str, target: str) -> Ask:
    """DeepL's clients."""
    asked: dict[str, Any] = {"text": [each.words for each in texts], **_deepl_languages(source, target)}
    if texts[0].form == "html":
        asked["tag_handling"] = "html"
    return Ask("/v2/translate", json.dumps(asked).encode(), JSON, tuple(texts), _read_native)


def deepl_form(texts: Sequence[Text], source: str, target: str) -> Ask:
    """DeepL's older clients."""
    asked = [("text", each.words) for each in texts] + list(_deepl_languages(source, target).items())
    if texts[0].form == "html":
        asked.append(("tag_handling", "html"))
    return Ask("/v2/translate", urlencode(asked).encode(), FORM, tuple(texts), _read_native)


GOOD = (native, stream, lines, libretranslate, deepl, deepl_form)


def bad(generator: Random, source: str, target: str) -> Ask:
    """A request that must be refused."""
    direction = {"source": source, "target": target}
    asks = [
        Ask("/v1/translate", b'{"texts": ["half'),
        Ask("/v1/translate", b"\xff\xfe\xfd"),
        Ask("/v1/translate", json.dumps({"texts": [], **direction}).encode()),
        Ask("/v1/translate", json.dumps({"texts": ["a"], "source": source, "target": "xx"}).encode()),
        Ask("/v1/translate", json.dumps({"texts": ["a"] * 2000, **direction}).encode()),
        Ask("/v1/translate", json.dumps({"texts": ["a"], **direction, "beam_size": 10_000}).encode()),
        Ask("/v1/translate/stream", json.dumps({"texts": [7], **direction}).encode()),
        Ask("/translate", json.dumps({"q": "a", "source": source}).encode()),
        Ask("/translate", json.dumps({"q": "a", "alternatives": "some", **direction}).encode()),
        Ask("/v2/translate", json.dumps({"text": ["a"]}).encode()),
        Ask("/v2/translate", urlencode({"text": "a", "target_lang": "XX"}).encode(), FORM),
        Ask("/v1/detect", json.dumps({"text": "a"}).encode()),
        Ask("/v1/no-such-thing", b"{}"),
    ]
    return generator.choice(asks)


def _native_body(texts: Sequence[Text], source: str, target: str) -> bytes:
    asked = {"texts": [each.words for each in texts], "source": source, "target": target, "format": texts[0].form}
    return json.dumps(asked).encode()


def _deepl_languages(source: str, target: str) -> dict[str, str]:
    return {"source_lang": source.upper(), "target_lang": target.upper()}


def _read_native(body: bytes) -> list[str]:
    return [each["text"] for each in _field(body, "translations")]


def _field(body: bytes, name: str) -> list[Any]:
    try:
        found: list[Any] = json.loads(body)[name]
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedAnswer(f"no {name} in {body[:200]!r}") from error
    return found


def _read_events(body: bytes) -> list[str]:
    """Texts of server-sent events."""
    events = []
    for block in body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if fields:
            events.append({"event": fields["event"], **json.loads(fields["data"])})
    return _texts_of(events)


def _read_lines(body: bytes) -> list[str]:
    """Texts of lines of JSON."""
    return _texts_of([json.loads(line) for line in body.decode().splitlines()])


def _texts_of(events: Sequence[dict[str, Any]]) -> list[str]:
    """One start, one text for each index, whose deltas are the text; one end, which is last."""
    kinds = [event["event"] for event in events]
    if kinds[:1] != ["start"] or kinds[-1:] != ["done"] or kinds.count("start") + kinds.count("done") != 2:
        raise MalformedAnswer(f"a stream of {kinds}")
    whole = {event["index"]: event["translation"]["text"] for event in events if event["event"] == "text"}
    if kinds.count("text") != events[0]["num_texts"] or sorted(whole) != list(range(len(whole))):
        raise MalformedAnswer(
            f"texts {sorted(whole)} of {kinds.count('text')} in a stream for {events[0]['num_texts']}"
        )
    for index, text in whole.items():
        said = "".join(event["text"] for event in events if event["event"] == "delta" and event["index"] == index)
        if said != text:
            raise MalformedAnswer(f"deltas say {said!r}, the text is {text!r}")
    return [whole[index] for index in range(len(whole))]
