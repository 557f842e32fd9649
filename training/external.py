"""A corpus that need not fit into memory: known by hashes to drop what is repeated, shuffled by way of the disk."""

import random
from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self


class HashSet:
    """Remembers strings by 128 bits of hash each, in 24 to 48 bytes; of a billion, two alike have odds of 1 in 10^21.

    A table of open addressing: a free place follows every hash that was displaced.
    """

    def __init__(self) -> None:
        self._size = 0
        self._slots = _empty_slots(1024)

    def __len__(self) -> int:
        return self._size

    def add(self, text: str) -> bool:
        """Remember `text`; false if it was known."""
        digest = blake2b(text.encode("utf-8"), digest_size=16).digest()
        high, low = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") or 1  # 0 is free
        is_new = self._put(high, low)
        if is_new:
            self._size += 1
            if 3 * self._size > len(self._slots):  # two thirds of the places are taken
                self._grow()
        return is_new

    def _put(self, high: int, low: int) -> bool:
        slots, mask = self._slots, len(self._slots) // 2 - 1
        place = high & mask
        while slots[2 * place + 1]:
            if slots[2 * place] == high and slots[2 * place + 1] == low:
                return False
            place = (place + 1) & mask
        slots[2 * place], slots[2 * place + 1] = high, low
        return True

    def _grow(self) -> None:
        former, self._slots = self._slots, _empty_slots(len(self._slots))
        for i in range(0, len(former), 2):
            if former[i + 1]:
                self._put(former[i], former[i + 1])


class _Block(NamedTuple):
    """Lines that were added together."""

    start: int  # bytes
    num_lines: int
    repeat: int


class ShuffledLines:
    """Lines in files of a directory of their own, to be given back in random order; 16 bytes of memory each.

    They are scattered over files of one part each, and each part is then ordered in memory.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._blocks: list[_Block] = []

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True)
        self._file = (self.directory / "lines").open("w+b")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        for path in self.directory.iterdir():
            path.unlink()
        self.directory.rmdir()

    def __len__(self) -> int:
        return sum(block.num_lines * block.repeat for block in self._blocks)

    def add(self, lines: Iterable[str], repeat: int = 1) -> None:
        """Write `lines`, which hold no line feed; each will occur `repeat` times."""
        start, num_lines = self._file.tell(), 0
        for line in lines:
            self._file.write(line.encode("utf-8") + b"\n")
            num_lines += 1
        self._blocks.append(_Block(start, num_lines, repeat))

    def parts(self, size: int, seed: int) -> Iterator[bytes]:
        """The text of `size` lines after the other, the order of all being that of `random.Random(seed).shuffle`."""
        places = _places(len(self), seed)
        paths = [self.directory / f"{number}" for number in range(-(-len(self) // size))]
        waiting: list[list[bytes]] = [[] for _ in paths]
        for entry, line in enumerate(self._entries()):
            waiting[places[entry] // size].append(b"%d\t%s" % (places[entry], line))
            if (entry + 1) % size == 0:
                _append(paths, waiting)
        _append(paths, waiting)
        for path in paths:
            with path.open("rb") as file:
                numbered = [line.split(b"\t", 1) for line in file]
            path.unlink()
            numbered.sort(key=lambda each: int(each[0]))
            yield b"".join(line for _, line in numbered)

    def _entries(self) -> Iterator[bytes]:
        for start, num_lines, repeat in self._blocks:
            for _ in range(repeat):
                self._file.seek(start)
                yield from islice(self._file, num_lines)


def _empty_slots(num_places: int) -> "array[int]":
    return array("Q", bytes(16 * num_places))


def _places(size: int, seed: int) -> "array[int]":
    """Where each of `size` things goes when they are shuffled."""
    order = array("Q", range(size))
    random.Random(seed).shuffle(order)
    places = array("Q", bytes(8 * size))
    for place, thing in enumerate(order):
        places[thing] = place
    return places


def _append(paths: list[Path], waiting: list[list[bytes]]) -> None:
    """Write what waits for each file and forget it."""
    for path, lines in zip(paths, waiting, strict=True):
        if lines:
            with path.open("ab") as file:
                file.writelines(lines)
            lines.clear()
