"""Bulk gets its share and no more."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.segment import Priority
from service.engine.time_share import TimeShare

SHARE = 0.1
BOTH = (Priority.INTERACTIVE, Priority.BULK)
seconds = st.floats(0.001, 0.1)


@given(st.lists(st.tuples(seconds, seconds), min_size=1, max_size=100))
@settings(deadline=None)
def test_bulk_gets_its_share_of_contended_time_to_within_a_visit(visits: list[tuple[float, float]]) -> None:
    share, spent = TimeShare(SHARE), dict.fromkeys(Priority, 0.0)
    for interactive_s, bulk_s in visits:
        chosen = share.choose(has_interactive=True, has_bulk=True)
        for priority, visit_s in zip(BOTH, (interactive_s, bulk_s), strict=True):
            if priority in chosen:
                share.charge(priority, visit_s)
                spent[priority] += visit_s
        due = SHARE * (spent[Priority.INTERACTIVE] + spent[Priority.BULK])
        assert abs(spent[Priority.BULK] - due) <= 0.1 + 1e-9


def test_whoever_is_alone_gets_every_turn() -> None:
    share = TimeShare(SHARE)
    for priority in Priority:
        alone = {"has_interactive": priority is Priority.INTERACTIVE, "has_bulk": priority is Priority.BULK}
        for _ in range(3):
            assert share.choose(**alone) == (priority,)
            share.charge(priority, 5.0)


def test_time_used_alone_is_not_paid_back() -> None:
    share = TimeShare(SHARE)
    share.choose(has_interactive=False, has_bulk=True)
    share.charge(Priority.BULK, 1000.0)
    assert share.choose(has_interactive=True, has_bulk=True) == (Priority.INTERACTIVE,)
    share.charge(Priority.INTERACTIVE, 0.001)
    assert share.choose(has_interactive=True, has_bulk=True) == BOTH


def test_a_debt_is_forgotten_once_bulk_was_alone() -> None:
    share = TimeShare(SHARE)
    share.choose(has_interactive=True, has_bulk=True)
    share.charge(Priority.BULK, 1000.0)
    share.choose(has_interactive=False, has_bulk=True)
    share.choose(has_interactive=True, has_bulk=True)
    share.charge(Priority.INTERACTIVE, 0.001)
    assert share.choose(has_interactive=True, has_bulk=True) == BOTH


def test_nothing_to_do_is_nothing_to_choose() -> None:
    assert TimeShare(SHARE).choose(has_interactive=False, has_bulk=False) == ()
