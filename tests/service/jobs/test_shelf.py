"""Documents on disk: whole, bounded, without a name, and gone when they are closed."""

import asyncio
import gc
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest

from service.errors import Overloaded
from service.jobs import shelf as shelves
from service.jobs.shelf import Shelf


def test_what_is_put_is_read_as_it_was(tmp_path: Path) -> None:
    async def both() -> tuple[bytes, bytes]:
        shelf = Shelf(100, tmp_path)
        one, other = await shelf.put(b"one\0\xff"), await shelf.put(b"other")
        with closing(one), closing(other):
            return await one.read(), await other.read()

    assert asyncio.run(both()) == (b"one\0\xff", b"other")


def test_no_file_has_a_name(tmp_path: Path) -> None:
    async def names() -> list[str]:
        shelf = Shelf(100, tmp_path)
        with closing(await shelf.put(b"secret")) as stored:
            assert await stored.read() == b"secret"
            return os.listdir(tmp_path)

    assert asyncio.run(names()) == []


def test_all_together_stay_below_the_limit_and_closing_makes_room(tmp_path: Path) -> None:
    async def fill() -> None:
        shelf = Shelf(10, tmp_path)
        first = await shelf.put(b"123456")
        with pytest.raises(Overloaded, match="has 5 bytes; of 10 for all documents 4 are free"):
            await shelf.put(b"12345")
        assert shelf.num_bytes == 6
        first.close()
        first.close()
        assert shelf.num_bytes == 0
        (await shelf.put(b"1234567890")).close()

    asyncio.run(fill())


def test_a_disk_that_cannot_be_written_takes_no_room(tmp_path: Path) -> None:
    async def put() -> int:
        shelf = Shelf(10, tmp_path / "gone")
        with pytest.raises(Overloaded, match="cannot be kept: No such file"):
            await shelf.put(b"1")
        return shelf.num_bytes

    assert asyncio.run(put()) == 0


def test_one_that_is_closed_while_it_is_read_is_read_whole_and_nothing_else_is(tmp_path: Path) -> None:
    async def read() -> bytes:
        shelf = Shelf(10_000_000, tmp_path)
        stored = await shelf.put(b"a" * 1_000_000)
        reading = asyncio.ensure_future(stored.read())
        await asyncio.sleep(0)
        stored.close()
        with closing(await shelf.put(b"b" * 1_000_000)):
            return await reading

    assert asyncio.run(read()) == b"a" * 1_000_000


def test_what_is_written_for_one_that_hung_up_is_closed_and_takes_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_left = threading.Event()
    opened: list[BinaryIO] = []
    write = shelves._write

    def slow(content: bytes, directory: Path | None) -> BinaryIO:
        assert has_left.wait(10.0)
        opened.append(write(content, directory))
        return opened[0]

    async def leave() -> Shelf:
        monkeypatch.setattr(shelves, "_write", slow)
        shelf = Shelf(10, tmp_path)
        putting = asyncio.ensure_future(shelf.put(b"123456"))
        await asyncio.sleep(0)
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert shelf.num_bytes == 6
        has_left.set()
        return shelf

    assert asyncio.run(leave()).num_bytes == 0
    assert opened[0].closed


def test_what_is_written_when_its_client_hangs_up_just_then_is_closed(tmp_path: Path) -> None:
    async def leave() -> Shelf:
        shelf = Shelf(10, tmp_path)
        for _ in range(50):
            putting = asyncio.ensure_future(shelf.put(b"123456"))
            asyncio.get_running_loop().call_later(0.0002, putting.cancel)
            try:
                (await putting).close()
            except asyncio.CancelledError:
                while shelf.num_bytes:
                    await asyncio.sleep(0.001)
        return shelf

    assert asyncio.run(leave()).num_bytes == 0
    gc.collect()  # an open file would be a ResourceWarning, and that an error


def test_a_descriptor_is_closed_even_if_no_thread_was_free_before_its_reader_left(tmp_path: Path) -> None:
    async def leave() -> int:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        with closing(await Shelf(10, tmp_path).put(b"123456")) as stored:
            num_before = len(os.listdir("/proc/self/fd"))
            blocker = loop.run_in_executor(None, time.sleep, 0.05)
            reading = asyncio.ensure_future(stored.read())
            await asyncio.sleep(0)
            reading.cancel()
            await asyncio.gather(blocker, reading, return_exceptions=True)
            await loop.run_in_executor(None, time.sleep, 0.0)
            return len(os.listdir("/proc/self/fd")) - num_before

    assert asyncio.run(leave()) == 0
