"""Who is next, and for how long at most one is not."""

import math
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from service.engine.entry import Entry
from service.engine.fair_queue import FairQueue
from tests.laws import examples
from tests.service.factories import make_segment

QUANTUM, LONGEST = 8, 20


def pop(queue: FairQueue) -> Entry:
    """Let the head of `queue` start."""
    entry = queue.head()
    assert entry is not None
    queue.take(entry)
    return entry


def entry_of(client: str, num_tokens: int) -> Entry:
    return Entry(make_segment(*[5] * (num_tokens - 1), client=client), submitted_at=0.0)


@dataclass
class Wait:
    """What passed an entry since it arrived, and the most that may."""

    own_tokens: int
    passed: Counter[str]

    @property
    def bound(self) -> int:
        return QUANTUM * (math.ceil(self.own_tokens / QUANTUM) + 1) + LONGEST


actions = st.lists(st.one_of(st.none(), st.tuples(st.sampled_from("abc"), st.integers(1, LONGEST))), max_size=60)


@given(actions)
@examples(100)
def test_nobody_starves_and_each_client_is_served_in_order(actions: list[tuple[str, int] | None]) -> None:
    queue, waits, order = FairQueue(QUANTUM), dict[Entry, Wait](), dict[str, list[Entry]]()
    drain: list[tuple[str, int] | None] = [None] * len(actions)
    for action in actions + drain:
        if action is not None:
            entry = entry_of(*action)
            own = sum(e.segment.num_tokens for e in order.get(action[0], [])) + action[1]
            waits[entry] = Wait(own, Counter())
            order.setdefault(action[0], []).append(entry)
            queue.push(entry)
        elif len(queue) > 0:
            head = queue.head()
            entry = pop(queue)
            assert entry is head
            client = entry.segment.client
            assert order[client].pop(0) is entry
            del waits[entry]
            for other, wait in waits.items():
                if other.segment.client != client:
                    wait.passed[client] += entry.segment.num_tokens
                    assert wait.passed[client] <= wait.bound
    assert not waits
    assert len(queue) == 0


def test_a_client_with_one_segment_is_not_delayed_by_a_thousand_of_another() -> None:
    queue = FairQueue(QUANTUM)
    for _ in range(1000):
        queue.push(entry_of("bulk", QUANTUM))
    queue.push(entry_of("single", QUANTUM))
    assert "single" in [pop(queue).segment.client for _ in range(2)]


def test_tokens_and_not_segments_are_shared() -> None:
    queue = FairQueue(QUANTUM)
    for _ in range(100):
        queue.push(entry_of("short", 2))
        queue.push(entry_of("long", 16))
    tokens: Counter[str] = Counter()
    while tokens.total() < 160:
        segment = pop(queue).segment
        tokens[segment.client] += segment.num_tokens
    assert abs(tokens["short"] - tokens["long"]) <= 16 + QUANTUM


def test_an_entry_is_removed_from_anywhere() -> None:
    queue = FairQueue(QUANTUM)
    entries = [entry_of("a", 3), entry_of("a", 3), entry_of("b", 3)]
    for entry in entries:
        queue.push(entry)
    queue.remove(entries[1])
    queue.remove(entries[2])
    assert list(queue) == [entries[0]]
    assert pop(queue) is entries[0]
    assert queue.head() is None


@given(actions, st.sets(st.sampled_from("abc")))
@examples(100)
def test_who_may_not_start_is_passed_over_and_keeps_its_place_among_its_own(
    actions: list[tuple[str, int] | None], allowed: set[str]
) -> None:
    queue = FairQueue(QUANTUM)
    entries = [entry_of(*action) for action in actions if action is not None]
    for entry in entries:
        queue.push(entry)
    started = []
    while (head := queue.head(allowed.__contains__)) is not None:
        assert queue.head(allowed.__contains__) is head
        queue.take(head)
        started.append(head)
    for client in "abc":
        own = [entry for entry in entries if entry.segment.client == client]
        assert [entry for entry in started if entry.segment.client == client] == (own if client in allowed else [])
        assert [entry for entry in queue if entry.segment.client == client] == ([] if client in allowed else own)
