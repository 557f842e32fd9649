"""The second side gets its share and no more."""

from hypothesis import given
from hypothesis import strategies as st

from service.engine.time_share import TimeShare
from tests.laws import examples

SHARE = 0.1
LONGEST_S = 0.1
seconds = st.floats(0.001, LONGEST_S)


def contend(share: TimeShare, first_s: float, second_s: float) -> bool:
    """Serve whose turn it is while both have work; returns whether that was the second."""
    is_second = share.is_second(has_first=True, has_second=True)
    share.charge(is_second, second_s if is_second else first_s)
    return is_second


@given(st.lists(st.tuples(seconds, seconds), min_size=1, max_size=100))
@examples(100)
def test_the_second_gets_its_share_of_contended_time_to_within_two_visits(visits: list[tuple[float, float]]) -> None:
    share, spent = TimeShare(SHARE), [0.0, 0.0]
    for first_s, second_s in visits:
        is_second = contend(share, first_s, second_s)
        spent[is_second] += second_s if is_second else first_s
        assert abs(spent[True] - SHARE * sum(spent)) <= 2 * LONGEST_S


def test_whoever_is_alone_gets_every_visit() -> None:
    share = TimeShare(SHARE)
    for is_second in (False, True, False):
        for _ in range(3):
            assert share.is_second(has_first=not is_second, has_second=is_second) is is_second
            share.charge(is_second, 5.0)


def test_the_first_meets_no_visit_of_the_second_before_it_has_used_what_that_is_worth() -> None:
    share = TimeShare(SHARE)
    share.is_second(has_first=False, has_second=True)
    share.charge(is_second=True, seconds=0.03)
    visits = [contend(share, 0.001, 0.03) for _ in range(300)]
    assert visits.index(True) in (270, 271)  # 9 times 30 visits, to within rounding


def test_a_visit_that_took_very_long_does_not_put_off_the_next_for_ever() -> None:
    share = TimeShare(SHARE)
    share.is_second(has_first=False, has_second=True)
    share.charge(is_second=True, seconds=1000.0)
    assert any(contend(share, 0.01, 0.03) for _ in range(100))


def test_a_debt_is_forgotten_once_the_second_was_alone() -> None:
    share = TimeShare(SHARE)
    assert not contend(share, 0.5, 0.0)
    assert contend(share, 0.0, 1000.0)
    assert share.is_second(has_first=False, has_second=True)
    assert any(contend(share, 0.01, 0.03) for _ in range(100))
