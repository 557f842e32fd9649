"""The door: closed, open, closed for good; and who is inside is counted."""

import asyncio

import pytest

from service.admission import Admission
from service.errors import NotReady


@pytest.fixture
def door() -> Admission:
    opened = Admission()
    opened.open()
    return opened


def test_it_is_closed_until_it_is_opened() -> None:
    with pytest.raises(NotReady, match="starting"), Admission():
        pass


def test_nobody_enters_after_it_was_closed(door: Admission) -> None:
    door.close()
    with pytest.raises(NotReady, match="stopping"), door:
        pass


def test_it_is_empty_when_the_last_has_left(door: Admission) -> None:
    with door:
        with door:
            pass
        assert not asyncio.run(door.emptied(0.01))
    assert asyncio.run(door.emptied(0.0))


def test_who_leaves_with_an_error_has_left(door: Admission) -> None:
    with pytest.raises(ValueError, match="wrong"), door:
        raise ValueError("wrong")
    assert asyncio.run(door.emptied(0.0))
