"""What clients feel of each other, in simulated seconds: the scheduler's laws about time, without a model."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean

import hypothesis.strategies as st
import pytest
from hypothesis import given

from service.engine.entry import Entry
from service.engine.options import EngineOptions
from service.engine.scheduler import Scheduler
from service.engine.segment import Lane, Priority
from tests.laws import examples
from tests.service.factories import make_segment

HOMES = [Lane("echo", 1, priority) for priority in Priority]
OPTIONS = EngineOptions()
# Like a step and an encoded token on one core: in proportion to rows from the first few on.
STEP_S, ROW_S, TOKEN_S = 0.0006, 0.00075, 0.0003
BIGGEST_VISIT_S = STEP_S + OPTIONS.max_rows * ROW_S + OPTIONS.encode_tokens * TOKEN_S
SECONDS = 4.0


@dataclass
class Simulation:
    """A scheduler on a simulated processor. A segment needs as many steps as it has tokens."""

    now: float = 0.0
    enough: float = math.inf  # rows beside which newcomers are held
    encode_s: float = 0.0  # of each encoding, on top of its tokens
    seconds_of: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rows_used: list[int] = field(default_factory=list)
    tokens_encoded: list[int] = field(default_factory=list)  # padded ones, in each visit that encoded any

    def __post_init__(self) -> None:
        """Begin with empty lanes."""
        lanes = [*HOMES, *(lane.reserve for lane in HOMES)]
        self.scheduler = Scheduler(lanes, OPTIONS)
        for lane in lanes:
            self.scheduler.hold_beside(lane, self.enough)
        self._steps_left: dict[Entry, int] = {}

    def submit(self, client: str, num_tokens: int, priority: Priority = Priority.INTERACTIVE) -> None:
        """Let a segment arrive now."""
        segment = make_segment(*[5] * (num_tokens - 1), client=client, beam_size=1, priority=priority)
        self.scheduler.add(Entry(segment, self.now))

    def turn(self) -> None:
        """Visit a lane, and let the clock run for it; without work, for a moment."""
        lane = self.scheduler.next_visit()
        if lane is None:
            assert not self.scheduler.has_work, "the processor idles while a segment waits"
            self.now += 0.001
            return
        newcomers = self.scheduler.admit(lane)
        self._steps_left |= {entry: entry.segment.num_tokens for entry in newcomers}
        if newcomers:
            longest = max(entry.segment.num_tokens for entry in newcomers)
            self.tokens_encoded.append(longest * len(newcomers))
            payers = Counter(entry.segment.client for entry in newcomers)
            self._spend(lane, payers, self.encode_s + self.tokens_encoded[-1] * TOKEN_S)
        owners, num_steps = self.scheduler.owners(lane), self.scheduler.num_steps(lane)
        assert owners, "a visit finds something to do"
        self.rows_used.append(len(owners))
        seconds = num_steps * (STEP_S + len(owners) * ROW_S)
        self.scheduler.stepped(lane, num_steps, seconds)
        self._spend(lane, self.scheduler.payers(lane), seconds)
        for entry in owners:
            assert entry is not None
            self._steps_left[entry] -= num_steps
        for entry in self.scheduler.retire(lane, [r for r, e in enumerate(owners) if e and self._steps_left[e] <= 0]):
            self.latencies[entry.segment.client].append(self.now - entry.submitted_at)

    def _spend(self, lane: Lane, payers: Mapping[str, int], seconds: float) -> None:
        self.now += seconds
        self.scheduler.charge(lane, payers, seconds)
        for client, part in payers.items():
            self.seconds_of[client] += seconds * part / sum(payers.values())


def run(simulation: Simulation, seconds: float, arrive: Callable[[Simulation], None]) -> None:
    """Let `seconds` pass; `arrive` submits what has come before each turn."""
    end = simulation.now + seconds
    while simulation.now < end:
        arrive(simulation)
        simulation.turn()


def greedy(
    client: str, priority: Priority = Priority.INTERACTIVE, num_tokens: int = 12
) -> Callable[[Simulation], None]:
    """Someone whose queue never ends."""
    in_queue = [0]

    def arrive(simulation: Simulation) -> None:
        while in_queue[0] - len(simulation.latencies[client]) < 100:
            simulation.submit(client, num_tokens, priority)
            in_queue[0] += 1

    return arrive


def now_and_then(client: str, every_s: float, num_tokens: int) -> Callable[[Simulation], None]:
    """Someone who sends a sentence every `every_s`."""
    sent = [0]

    def arrive(simulation: Simulation) -> None:
        if simulation.now >= every_s * (sent[0] + 1):
            simulation.submit(client, num_tokens)
            sent[0] += 1

    return arrive


def together(*arrivals: Callable[[Simulation], None]) -> Callable[[Simulation], None]:
    """Everybody at once."""

    def arrive(simulation: Simulation) -> None:
        for each in arrivals:
            each(simulation)

    return arrive


def lone_s(num_tokens: int) -> float:
    """Seconds of a segment that has the processor to itself, from its arrival on."""
    return num_tokens * (TOKEN_S + STEP_S + ROW_S)


def test_who_is_alone_gets_all_rows() -> None:
    simulation = Simulation()
    run(simulation, SECONDS, greedy("alone"))
    steady = simulation.rows_used[len(simulation.rows_used) // 4 :]
    assert min(steady) == OPTIONS.max_rows


@pytest.mark.parametrize("enough", [math.inf, 4])
@pytest.mark.parametrize("priority", Priority)
@given(every_s=st.floats(0.1, 0.5), num_tokens=st.integers(2, 20))
@examples(8, nightly=200)
def test_a_sentence_waits_for_one_visit_of_a_greedy_client(
    priority: Priority, enough: float, every_s: float, num_tokens: int
) -> None:
    simulation = Simulation(enough=enough)
    run(simulation, SECONDS, together(greedy("greedy", priority), now_and_then("watched", every_s, num_tokens)))
    assert max(simulation.latencies["watched"]) <= 2 * lone_s(num_tokens) + BIGGEST_VISIT_S
    alone = SECONDS * (1 / (STEP_S / OPTIONS.max_rows + ROW_S + TOKEN_S)) / 12
    used = simulation.seconds_of["watched"] / SECONDS
    assert len(simulation.latencies["greedy"]) >= 0.8 * (1.0 - used) * alone


@pytest.mark.parametrize("priority", Priority)
def test_beside_someone_who_keeps_coming_back_no_step_has_more_than_half_of_the_rows(priority: Priority) -> None:
    simulation = Simulation()
    arrive = together(greedy("greedy", priority), now_and_then("watched", 0.5, 8))
    run(simulation, SECONDS / 4, arrive)
    simulation.rows_used.clear()
    run(simulation, SECONDS, arrive)
    assert max(simulation.rows_used) == OPTIONS.max_rows // 2
    run(simulation, SECONDS, greedy("another", priority))
    assert simulation.rows_used[-1] == OPTIONS.max_rows


def test_beside_others_a_visit_encodes_a_quarter_of_what_it_may() -> None:
    alone, beside = Simulation(), Simulation()
    run(alone, SECONDS, greedy("greedy"))
    beside.submit("watched", 8)
    run(beside, SECONDS / 4, greedy("greedy"))
    assert max(alone.tokens_encoded) > OPTIONS.encode_tokens // 2
    assert max(beside.tokens_encoded) <= OPTIONS.encode_tokens // 4


@pytest.mark.parametrize("num_clients", [2, 3, 4])
@pytest.mark.parametrize("unevenness", [0, 1, 4])
def test_of_the_greedy_none_gets_twice_the_time_of_another_whatever_their_sentences(
    num_clients: int, unevenness: int
) -> None:
    simulation, names = Simulation(), [str(i) for i in range(num_clients)]
    arrive = together(*(greedy(name, num_tokens=4 + 4 * unevenness * i) for i, name in enumerate(names)))
    run(simulation, SECONDS / 4, arrive)
    before = dict(simulation.seconds_of)
    run(simulation, SECONDS, arrive)
    gained = [simulation.seconds_of[name] - before[name] for name in names]
    assert max(gained) <= 2.0 * min(gained)


@pytest.mark.parametrize("enough", [math.inf, 4])
@given(
    segments=st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 6), st.integers(1, 30), st.booleans()), max_size=80)
)
@examples(20, nightly=500)
def test_nothing_waits_without_bound(enough: float, segments: Sequence[tuple[float, int, int, bool]]) -> None:
    """Each segment is done when all the work there is could have been done twice, one row at a time."""
    simulation, coming = Simulation(enough=enough), sorted(segments)

    def arrive(simulation: Simulation) -> None:
        while coming and coming[0][0] <= simulation.now:
            _, client, num_tokens, is_bulk = coming.pop(0)
            simulation.submit(str(client), num_tokens, Priority.BULK if is_bulk else Priority.INTERACTIVE)

    run(simulation, 1.0, arrive)
    deadline = simulation.now + 2 * sum(lone_s(segment[2]) for segment in segments)
    while simulation.scheduler.has_work:
        arrive(simulation)
        simulation.turn()
        assert simulation.now <= deadline


def test_new_clients_without_end_do_not_starve_a_greedy_one_nor_interactive_work_bulk() -> None:
    simulation, num_new = Simulation(), [0]

    def flood(simulation: Simulation) -> None:
        while simulation.scheduler.num_waiting < 120:
            simulation.submit(f"new {num_new[0]}", 8)
            simulation.submit("greedy", 8)
            simulation.submit("bulk", 8, Priority.BULK)
            num_new[0] += 1

    run(simulation, 2 * SECONDS, flood)
    total = sum(simulation.seconds_of.values())
    assert simulation.seconds_of["bulk"] >= 0.8 * OPTIONS.bulk_share * total
    assert simulation.seconds_of["greedy"] > 0.0
    assert len(simulation.latencies["greedy"]) > 0


def poisson(client: str, rate_per_s: float, seed: int) -> Callable[[Simulation], None]:
    """Someone, or many behind one address, whose sentences of 4 to 20 tokens come at random."""
    chance = Random(seed)
    next_at = [chance.expovariate(rate_per_s)]

    def arrive(simulation: Simulation) -> None:
        while next_at[0] <= simulation.now:
            simulation.submit(client, chance.randint(4, 20))
            next_at[0] += chance.expovariate(rate_per_s)

    return arrive


@pytest.mark.parametrize("seed", range(3))
def test_who_is_held_ends_sooner_where_rows_take_turns_and_to_encode_one_takes_as_long_as_several(seed: int) -> None:
    means: list[float] = []
    for enough in (math.inf, 4):
        simulation = Simulation(enough=enough, encode_s=0.004)  # a third of the rest of a sentence
        run(simulation, 10 * SECONDS, poisson("everybody", 45.0, seed))  # four fifths of what can be done
        means.append(fmean(simulation.latencies["everybody"]))
    assert means[1] <= 0.9 * means[0]


def test_who_comes_seldom_is_not_held_for_company_beside_long_ones() -> None:
    means: list[float] = []
    for enough in (math.inf, 4):
        simulation = Simulation(enough=enough)
        for _ in range(4):
            simulation.submit("everybody", 900)
        run(simulation, SECONDS, now_and_then("everybody", 0.2, 6))
        means.append(fmean(simulation.latencies["everybody"]))
        assert simulation.rows_used[-1] >= 4, "the long ones still run"
    assert means[1] <= 1.1 * means[0]
