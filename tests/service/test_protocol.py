"""HTTP on a connection: an answer is one write, long ones are held back, nothing is lost when the connection ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from service.cli.protocol import service_protocol
from service.settings import Settings

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
LAST_REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"

Application = Callable[[Any, Any, Any], Any]


class Wire(asyncio.Transport):
    """A connection's other end, which keeps what each write brought."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: Any) -> None:
        assert not self.is_closed
        self.writes.append(bytes(data))

    @property
    def received(self) -> bytes:
        return b"".join(self.writes)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def answering(*bodies: bytes) -> Application:
    """An application that sends a head and then `bodies`, without a pause."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        length = str(sum(map(len, bodies))).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        for i, body in enumerate(bodies, start=1):
            await send({"type": "http.response.body", "body": body, "more_body": i < len(bodies)})

    return application


def exchange(application: Application, request: bytes, wire: Wire, until: Callable[[], bool]) -> None:
    """Serve `request` over `wire`, up to `until`."""
    asyncio.run(_exchange(application, request, wire, until))


async def _exchange(application: Application, request: bytes, wire: Wire, until: Callable[[], bool]) -> None:
    config = uvicorn.Config(application, lifespan="off", log_config=None, access_log=False, server_header=False)
    config.load()
    protocol_class: Any = service_protocol(Settings())
    protocol = protocol_class(config, ServerState(), {})
    protocol.connection_made(wire)
    protocol.data_received(request)
    async with asyncio.timeout(60):
        while not until():
            await asyncio.sleep(0)
    protocol.connection_lost(None)


def test_an_answer_is_one_write() -> None:
    wire = Wire()
    exchange(answering(b"Guten ", b"Tag"), REQUEST, wire, until=lambda: bool(wire.writes))
    (answer,) = wire.writes
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nGuten Tag")


def test_an_answer_arrives_whole_when_the_connection_ends_with_it() -> None:
    wire = Wire()
    exchange(answering(b"Guten Tag"), LAST_REQUEST, wire, until=lambda: wire.is_closed)
    assert wire.received.endswith(b"\r\n\r\nGuten Tag")


def test_answers_to_a_pipeline_keep_their_order() -> None:
    wire = Wire()
    exchange(answering(b"Guten Tag"), 3 * REQUEST, wire, until=lambda: wire.received.count(b"Guten Tag") == 3)
    assert wire.received.count(b"HTTP/1.1 200 OK") == 3
    assert wire.received.endswith(b"Guten Tag")


def test_whoever_writes_on_is_heard_by_the_connection_before_the_turn_ends() -> None:
    """Else a connection that has no room could not tell it to wait."""
    wire, num_writes_seen = Wire(), []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"300000")]})
        for i in range(3):
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": i < 2})
            num_writes_seen.append(len(wire.writes))

    exchange(application, REQUEST, wire, until=lambda: len(num_writes_seen) == 3)
    assert num_writes_seen == [1, 2, 3]


def test_an_answer_has_left_before_the_application_goes_on() -> None:
    """It counts and logs what it has answered: no client waits for that."""
    wire, num_writes_seen = Wire(), []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await answering(b"Guten ", b"Tag")(scope, receive, send)
        num_writes_seen.append(len(wire.writes))

    exchange(application, REQUEST, wire, until=lambda: bool(num_writes_seen))
    assert num_writes_seen == [1]


def test_what_a_broken_connection_can_no_longer_take_is_dropped() -> None:
    wire = Wire()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        wire.close()
        await answering(b"Guten Tag")(scope, receive, send)

    exchange(application, REQUEST, wire, until=lambda: wire.is_closed)
    assert wire.writes == []
