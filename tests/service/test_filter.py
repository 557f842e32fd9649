"""The filter behind `dragoman translate`: order, bounds, faults."""

import asyncio
import io
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cli.faults import UserFault
from service.cli.filter import Answer, Filter
from service.cli.lines import Line, read_lines
from service.translation import TextError


class Translator:
    """Echoes after a while of its own choosing; knows how many it has at a time."""

    def __init__(self) -> None:
        self.num_now = self.num_most = 0
        self._chance = random.Random(0)

    async def __call__(self, text: str) -> Answer:
        self.num_now += 1
        self.num_most = max(self.num_most, self.num_now)
        await asyncio.sleep(self._chance.random() / 200)
        self.num_now -= 1
        return Answer(None, TextError("text_too_long", "too long")) if text == "bad" else Answer(text)


def filtered(given: bytes, max_in_flight: int = 8) -> tuple[bytes, Translator, int]:
    translator, output = Translator(), io.BytesIO()
    lines = Filter(translator, output, max_in_flight, lambda num_bytes: None)
    asyncio.run(lines.run(read_lines(io.BytesIO(given))))
    return output.getvalue(), translator, lines.num_failed


def test_answers_come_in_the_order_of_the_lines() -> None:
    given = "".join(f"line {i}\n" for i in range(200)).encode()
    assert filtered(given)[0] == given


def test_no_more_lines_are_in_flight_than_allowed() -> None:
    given = b"x\n" * 300
    _, translator, _ = filtered(given, max_in_flight=5)
    assert 2 <= translator.num_most <= 7  # in the queue, at the reader's hand, at the writer's


def test_lines_are_read_no_faster_than_they_are_written() -> None:
    taken = 0
    written = io.BytesIO()
    gaps: list[int] = []

    def endless() -> Iterator[Line]:
        nonlocal taken
        for taken in range(1, 301):
            gaps.append(taken - written.getvalue().count(b"\n"))
            yield Line("x", b"\n", taken)

    asyncio.run(Filter(Translator(), written, 4, lambda num_bytes: None).run(endless()))
    assert max(gaps) <= 8


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=5), max_size=6))
def test_any_text_without_a_line_feed_is_one_line(lines: list[str]) -> None:
    for given_bytes in ("\n".join(lines).encode(), "".join(f"{line}\n" for line in lines).encode()):
        read = list(read_lines(io.BytesIO(given_bytes)))
        assert b"".join(line.text.encode() + line.ending for line in read) == given_bytes
        assert len(read) == len(given_bytes.split(b"\n")) - (given_bytes[-1:] in (b"\n", b""))


def test_a_failed_line_is_empty_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    output, _, num_failed = filtered(b"a\nbad\nb\n")
    assert (output, num_failed) == (b"a\n\nb\n", 1)
    assert capsys.readouterr().err == "dragoman: line 2: too long\n"


def test_a_fault_of_the_reader_ends_it() -> None:
    with pytest.raises(UserFault, match="line 2 is not UTF-8 at byte 1"):
        filtered(b"a\nb\xff\n")


def test_a_fault_of_the_translator_ends_it() -> None:
    async def fail(text: str) -> Answer:
        raise UserFault("no service")

    with pytest.raises(UserFault, match="no service"):
        asyncio.run(Filter(fail, io.BytesIO(), 2, lambda num_bytes: None).run(read_lines(io.BytesIO(b"a\n" * 50))))
