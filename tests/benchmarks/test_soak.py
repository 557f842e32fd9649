"""A soak finds what is wrong with a server, and nothing wrong with a right one."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from benchmarks import soak
from benchmarks.cores import two_cores
from benchmarks.soak_client import Client, Tally
from benchmarks.soak_requests import MalformedAnswer, Text, lines, native, stream
from benchmarks.texts import Texts
from service.artifact import load
from service.text.subword import describe
from tests.service.tiny_artifact import tiny_artifact

SENTENCES = (
    "How are you today?",
    "You sell pears!",
    "The fox is quick.",
    "No dogs.",
    "I have apples.",
    "Where is the shore?",
)
REFERENCES = {Text("one"): "eins", Text("two"): "zwei", Text("three"): "drei"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def ask(handler: Handler) -> Tally:
    """What a client says of a server that answers so to one native request for the first text."""

    async def run() -> Tally:
        app = web.Application()
        app.router.add_post("/v1/translate", handler)
        async with TestServer(app) as server:
            tally = Tally()
            client = Client(0, str(server.make_url("")).rstrip("/"), REFERENCES, "en", "de", tally)
            await client.ask_alone("soak-1", native([Text("one")], "en", "de"))
            return tally

    return asyncio.run(run())


def answer(text: str, status: int = 200, name: str = "soak-1") -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"translations": [{"text": text}]}, status=status, headers={"X-Request-ID": name})

    return handler


def test_the_right_answer_is_right() -> None:
    tally = ask(answer("eins"))
    assert (tally.right, tally.faults) == (1, [])


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (answer("zwei"), "swapped"),
        (answer("eins", name="soak-2"), "swapped"),
        (answer("einz"), "different"),
        (answer("eins", status=500), "lost"),
    ],
)
def test_a_wrong_answer_is_told_by_its_kind(handler: Handler, kind: str) -> None:
    tally = ask(handler)
    assert tally.right == 0
    assert [each for each, _ in tally.faults] == [kind]


def test_a_connection_that_breaks_is_a_loss() -> None:
    async def breaks(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    assert [kind for kind, _ in ask(breaks).faults] == ["lost"]


def events(*some: dict[str, object]) -> bytes:
    return "".join(json.dumps(event) + "\n" for event in some).encode()


START: dict[str, object] = {"event": "start", "num_texts": 1}
DELTA: dict[str, object] = {"event": "delta", "index": 0, "text": "eins"}
TEXT: dict[str, object] = {"event": "text", "index": 0, "translation": {"text": "eins"}}
DONE: dict[str, object] = {"event": "done"}


def test_a_stream_is_read_as_events_and_as_lines() -> None:
    some = (START, DELTA, TEXT, DONE)
    assert lines([Text("one")], "en", "de").read(events(*some)) == ["eins"]
    blocks = [f"event: {each['event']}\ndata: {json.dumps(each)}\n\n" for each in some]
    assert stream([Text("one")], "en", "de").read("".join([": pause\n\n", *blocks]).encode()) == ["eins"]


@pytest.mark.parametrize(
    "some",
    [
        (START, DELTA, TEXT),
        (START, DELTA, TEXT, DONE, DONE),
        (START, DELTA, TEXT, TEXT, DONE),
        (START, TEXT, DONE),
        (START, DONE),
    ],
)
def test_a_stream_that_lacks_or_repeats_something_is_malformed(some: tuple[dict[str, object], ...]) -> None:
    with pytest.raises(MalformedAnswer):
        lines([Text("one")], "en", "de").read(events(*some))


@pytest.mark.slow
def test_the_service_stands_a_short_soak() -> None:
    artifact = load(tiny_artifact(), describe)
    found = soak.run(artifact, Texts(SENTENCES, "en", "de"), 80, two_cores())
    assert found.tally.faults == []
    assert found.is_alive
    assert found.tally.right + found.tally.refused + found.tally.left == 81  # and one more at the end
    assert min(found.tally.right, found.tally.refused, found.tally.left) > 0
