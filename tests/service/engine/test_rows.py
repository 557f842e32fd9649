"""The host's mirror moves as the arena does."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from service.engine.entry import Entry
from service.engine.rows import Rows
from tests.laws import examples
from tests.service.factories import EchoTranslator, make_segment

CAPACITY = 8


def entries(count: int) -> list[Entry]:
    return [Entry(make_segment(5 + i), submitted_at=0.0) for i in range(count)]


def ones(count: int) -> torch.Tensor:
    return torch.ones([count], dtype=torch.int64)


@given(st.lists(st.tuples(st.integers(0, CAPACITY), st.sets(st.integers(0, CAPACITY - 1))), max_size=6))
@examples(100)
def test_owners_follow_the_rows_of_an_arena(rounds: list[tuple[int, set[int]]]) -> None:
    rows, module = Rows(CAPACITY), EchoTranslator()
    arena = module.open(CAPACITY, 1, 2, 2, 1.0, 0.0)
    for num_newcomers, freed in rounds:
        newcomers = entries(min(num_newcomers, rows.num_free))
        if newcomers:
            ids = torch.tensor([entry.segment.ids for entry in newcomers])
            n = len(newcomers)
            arena = module.admit(arena, ids, 2 * ones(n), ones(n), ones(n))
            rows.append(newcomers)
        leaving = sorted(row for row in freed if row < len(rows))
        expected = [rows.owners[row] for row in leaving]
        arena = module.release(arena, torch.tensor(leaving, dtype=torch.int64))
        assert rows.release(leaving) == expected
        assert arena.num_rows == len(rows)
        assert [owner.segment.ids[0] for owner in rows.owners if owner] == arena.ids[: len(rows), 0].tolist()


def test_a_vacated_row_stays_in_use_until_it_is_released() -> None:
    rows, (a, b, c) = Rows(3), entries(3)
    rows.append([a, b, c])
    rows.vacate(b)
    assert list(rows.owners) == [a, None, c]
    assert rows.num_free == 0
    assert rows.vacant() == [1]
    assert rows.release([1]) == [None]
    assert list(rows.owners) == [a, c]


def test_more_newcomers_than_rows_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="3 newcomers for 2 free rows"):
        Rows(2).append(entries(3))
