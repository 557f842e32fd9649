"""Documents on disk: whole, bounded, without a name, and gone when they are closed."""

import asyncio
import os
from contextlib import closing
from pathlib import Path

import pytest

from service.errors import Overloaded
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
