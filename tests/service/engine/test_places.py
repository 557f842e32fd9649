"""Who may take which row."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from service.engine.entry import Entry
from service.engine.places import Places
from service.engine.rows import Rows
from tests.laws import examples
from tests.service.factories import make_segment

NUM_ROWS, NUM_RESERVE = 8, 2


def start(places: Places, client: str) -> Rows | None:
    """Let a segment of `client` take a row, if it may."""
    rows = places.choose(client)
    if rows is not None:
        rows.append([Entry(make_segment(5, client=client), submitted_at=0.0)])
    return rows


def fill(places: Places, client: str) -> None:
    """Let `client` take all that it may."""
    while start(places, client) is not None:
        pass


def test_who_is_alone_gets_all_rows_and_leaves_the_reserve_free() -> None:
    places = Places(NUM_ROWS, NUM_RESERVE)
    fill(places, "greedy")
    assert (len(places.main), len(places.reserve)) == (NUM_ROWS, 0)


def test_who_comes_later_starts_at_once_and_steps_without_the_many() -> None:
    places = Places(NUM_ROWS, NUM_RESERVE)
    fill(places, "greedy")
    assert start(places, "late") is places.reserve
    assert places.choose("greedy") is None


def test_nobody_takes_a_whole_reserve() -> None:
    places = Places(NUM_ROWS, NUM_RESERVE)
    for client in ("greedy", "greedy too", "late"):
        fill(places, client)
    assert places.reserve.num_of == Counter({"greedy too": 1, "late": 1})


def test_the_few_share_and_the_many_keep_away_from_them() -> None:
    places = Places(NUM_ROWS, NUM_RESERVE)
    assert start(places, "first") is places.main
    assert start(places, "second") is places.reserve
    assert start(places, "first") is places.main
    fill(places, "second")
    assert places.main.num_of == Counter({"first": 2, "second": NUM_ROWS // 2})


def test_who_had_company_lately_holds_half_of_the_rows_and_none_of_the_reserve() -> None:
    places = Places(NUM_ROWS, NUM_RESERVE)
    for _ in range(NUM_ROWS // 2):
        rows = places.choose("greedy", has_company=True)
        assert rows is places.main
        rows.append([Entry(make_segment(5, client="greedy"), submitted_at=0.0)])
    assert places.choose("greedy", has_company=True) is None
    assert places.choose("late", has_company=True) is places.reserve
    assert places.choose("greedy") is places.main


def test_a_lane_without_a_reserve_is_shared_as_rows_become_free() -> None:
    places = Places(2, 0)
    fill(places, "greedy")
    assert places.choose("late") is None
    places.main.release([0])
    assert start(places, "late") is places.main
    places.main.release([0])
    assert start(places, "greedy") is places.main
    assert places.choose("greedy") is None


@given(
    st.sampled_from([(1, 0), (3, 0), (4, 1), (NUM_ROWS, NUM_RESERVE)]),
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, NUM_ROWS - 1)), max_size=60),
)
@examples(100)
def test_work_is_conserved(sizes: tuple[int, int], events: list[tuple[str, bool, int]]) -> None:
    """An empty lane takes anybody; whoever is refused finds no row, or holds its part."""
    places = Places(*sizes)
    for client, is_start, row in events:
        if is_start and start(places, client) is None:
            main, reserve = places.main, places.reserve
            assert len(places) > 0
            assert main.num_free == 0 or main.num_of[client] >= -(-main.capacity // 2)
            has_own = main.num_of[client] + reserve.num_of[client] > 0
            assert reserve.num_free == 0 or has_own or reserve.num_of.total() + main.num_of.total() == 0
        if not is_start:
            for rows in (places.main, places.reserve):
                rows.release([row] if row < len(rows) else [])
        assert places.main.num_of == Counter(e.segment.client for e in places.main.owners if e is not None)
