"""Collections wait for the start, and pass over what it left."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from service.cli import garbage


class Ring:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.ring = self


@pytest.fixture(autouse=True)
def collections_as_before() -> Iterator[None]:
    assert gc.isenabled()
    yield
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_nothing_is_collected_before_the_start_is_over() -> None:
    with garbage.put_off():
        assert not gc.isenabled()
        garbage.pass_over()
        assert gc.isenabled()


def test_a_start_that_fails_leaves_collections_as_they_were() -> None:
    with pytest.raises(ValueError, match="no"), garbage.put_off():
        raise ValueError("no")


def test_what_was_there_is_passed_over_and_what_came_later_is_collected() -> None:
    with garbage.put_off():
        garbage.pass_over()
        num_kept = gc.get_freeze_count()
        gc.collect()
        rings = [Ring() for _ in range(100)]
        del rings
        assert gc.collect() >= 100
        # What was frozen may still die of itself, as objects do that nothing refers to any more.
        assert 0.99 * num_kept < gc.get_freeze_count() <= num_kept


def test_what_was_passed_over_is_collected_when_all_is_looked_at_again() -> None:
    with garbage.put_off():
        ring = weakref.ref(Ring())
        garbage.pass_over()
        gc.collect()
        assert ring() is not None
        garbage.look_again()
        assert ring() is None
