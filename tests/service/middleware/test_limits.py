"""Bodies are measured while they are read, by the limit of their path, and the hopeless ones are not read at all."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.errors import BodyTooLarge
from service.middleware.limits import LimitsMiddleware

MEGABYTE = 1024 * 1024


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads all of its body."""
    while (await receive()).get("more_body", False):
        pass


def num_read(path: str, declared: int, chunks: list[bytes]) -> int:
    """How many chunks of a body are taken, of which its head says that it has `declared` bytes."""
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": chunks[taken - 1], "more_body": taken < len(chunks)}

    async def send(message: Message) -> None:
        raise AssertionError("nothing is answered")

    app = LimitsMiddleware(
        reading, max_body_bytes=10, max_header_bytes=1000, max_url_bytes=100, max_body_bytes_of={"/large": 30}
    )
    headers = [(b"content-length", str(declared).encode())]
    scope = {"type": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    try:
        asyncio.run(app(scope, receive, send))
    except BodyTooLarge as error:
        return -taken if error.limit in (10, 30) else 0
    return taken


@pytest.mark.parametrize(("path", "size", "is_taken"), [("/", 10, True), ("/", 11, False), ("/large", 30, True)])
def test_each_path_has_its_limit(path: str, size: int, is_taken: bool) -> None:
    assert num_read(path, size, [b"x" * size]) == (1 if is_taken else -1)
    assert num_read(path, 0, [b"x"] * size) == (size if is_taken else -size)


def test_who_sends_a_little_too_much_may_finish_so_as_to_read_the_answer() -> None:
    assert num_read("/", 1000, [b"x" * 100] * 10) == -10


def test_nobody_is_asked_to_send_what_is_far_too_much() -> None:
    assert num_read("/", 100 * MEGABYTE, [b"x"]) == 0
