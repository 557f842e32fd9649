"""Steps that ask nothing of the host find what steps find that the host steers, and can be recorded."""

from collections.abc import Sequence
from random import Random
from typing import Any, cast

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from model.arena import allocate, row_tensors, whole_rows
from model.search import Translator
from model.states import Hypotheses, Outlook, SearchState
from tests.model.factories import admit_rows, hypothesis_tokens, make_network, make_sources, open_search

CAPACITY, BEAM, LONGEST = 4, 3, 10
LENGTHS = [6, 3, 9, 2, 7, 5, 4, 8]


class Steered:
    """A search that the host steers."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator
        self.state = open_search(translator, CAPACITY, BEAM, 1.0, 0.2)

    def step(self, num_steps: int) -> None:
        self.state = self.translator.step(self.state, num_steps)


class Unsteered(Steered):
    """The same, of steps on a device; rows that are not in use take part."""

    def __init__(self, translator: Translator) -> None:
        super().__init__(translator)
        self.clock = torch.zeros([1], dtype=torch.int64)

    def step(self, num_steps: int) -> None:
        for _ in range(num_steps):
            self.translator.device_step(self.state, CAPACITY, self.clock)
        self.state = self.translator.stepped(self.state, num_steps)


def found_by(way: Steered, seed: int) -> dict[int, list[tuple[list[int], float]]]:
    """All hypotheses of sources that come when there is room, some at a time, and leave as soon as they are done."""
    ids, lengths = make_sources(LENGTHS, seed)
    chance, coming, running = Random(seed), list(range(len(LENGTHS))), list[int]()
    found: dict[int, list[tuple[list[int], float]]] = {}
    while coming or running:
        newcomers = coming[: chance.randint(0, CAPACITY - len(running))]
        if newcomers:
            coming, running = coming[len(newcomers) :], running + newcomers
            way.state = admit_rows(way.translator, way.state, ids[newcomers], lengths[newcomers], LONGEST, BEAM)
        way.step(chance.randint(1, 4))
        done = [row for row, is_done in enumerate(way.translator.finished(way.state).tolist()) if is_done]
        if done:
            best = way.translator.best(way.state, torch.tensor(done), BEAM)
            found |= {running[row]: hypotheses(best, place) for place, row in enumerate(done)}
            way.state = way.translator.release(way.state, torch.tensor(done))
            running = without(running, done)
    return found


def hypotheses(best: Hypotheses, place: int) -> list[tuple[list[int], float]]:
    return [
        (hypothesis_tokens(best, place, rank), round(float(best.scores[place, rank]), 4))
        for rank in range(BEAM)
        if best.lengths[place, rank] > 0
    ]


def without(running: Sequence[int], done: Sequence[int]) -> list[int]:
    """Owners of the rows after `done` ones are released, as `release` moves them."""
    remaining = len(running) - len(done)
    movers = iter([owner for row, owner in enumerate(running) if row >= remaining and row not in done])
    return [next(movers) if row in done else owner for row, owner in enumerate(running[:remaining])]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_scripted", [False, True])
def test_rows_that_come_and_go_find_the_same(seed: int, is_scripted: bool) -> None:
    translator = Translator(make_network(seed)).eval()
    verbs = cast(Translator, torch.jit.script(translator)) if is_scripted else translator
    assert found_by(Unsteered(verbs), seed) == found_by(Steered(verbs), seed)


class HostAsked(TorchDispatchMode):
    """Refuses every operation whose result the host reads, or whose shape depends on values."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        assert name not in {"_local_scalar_dense", "nonzero", "masked_select", "unique_dim", "is_nonzero", "equal"}, (
            name
        )
        return func(*args, **(kwargs or {}))


def started(seed: int) -> tuple[Translator, SearchState, Tensor]:
    translator = Translator(make_network(seed)).eval()
    state = open_search(translator, CAPACITY, BEAM, 1.0, 0.2)
    ids, lengths = make_sources(LENGTHS[:3], seed)
    return translator, admit_rows(translator, state, ids, lengths, LONGEST, 1), torch.zeros([1], dtype=torch.int64)


def test_a_step_on_a_device_reads_nothing_back() -> None:
    translator, state, clock = started(1)
    with HostAsked():
        for _ in range(LONGEST):
            translator.device_step(state, CAPACITY, clock)
    assert translator.finished(translator.stepped(state, LONGEST)).all()
    with pytest.raises(AssertionError, match="_local_scalar_dense"), HostAsked():
        translator.step(state, 1)


def test_no_verb_moves_the_memory_that_a_recorded_step_was_recorded_over() -> None:
    translator, state, clock = started(2)
    before = [tensor.data_ptr() for tensor in row_tensors(state.arena)]
    translator.device_step(state, CAPACITY, clock)
    assert int(clock) == 1
    state = translator.release(translator.stepped(state, 1), torch.tensor([0, 2]))
    ids, lengths = make_sources([5, 2], 4)
    state = admit_rows(translator, state, ids, lengths, LONGEST, 1)
    assert [tensor.data_ptr() for tensor in row_tensors(state.arena)] == before


class BetweenDevices(TorchDispatchMode):
    """Notes every operation that has to do with the processor's memory."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        tensors = [each for each in tree_flatten((args, kwargs, found))[0] if isinstance(each, Tensor)]
        self.seen += [str(func)] if any(each.device.type == "cpu" for each in tensors) else []
        return found


@pytest.mark.parametrize("form", ["plain", "bfloat16"])
def test_a_scripted_step_copies_nothing_from_or_to_the_host(form: str) -> None:
    """On a device that holds shapes alone; such a copy would end the recording of a step."""
    translator = cast(Translator, torch.jit.script(Translator(make_network(1).float()).eval())).to("meta")
    clock = torch.zeros([1], dtype=torch.int64, device="meta")
    with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]  # which knows no such device
        weights = translator.prepare(form, 1)
        arena = allocate(weights, [CAPACITY, BEAM, 9, LONGEST], 2, 2, [1.0, 0.2])
        state = SearchState(arena, 0, 0, whole_rows(arena, 0), Outlook(0, False, 0), is_current=True)
        with BetweenDevices() as between:
            for _ in range(4):
                translator.device_step(state, CAPACITY, clock)
    assert between.seen == []


def test_a_row_that_is_done_keeps_its_translation_however_many_steps_follow() -> None:
    translator, state, clock = started(3)
    rows = torch.arange(3)
    seen: list[list[list[tuple[list[int], float]]]] = []
    for num_steps in (LONGEST, 40):  # more than the histories have slots
        for _ in range(num_steps):
            translator.device_step(state, CAPACITY, clock)
        state = translator.stepped(state, num_steps)
        best = translator.best(state, rows, BEAM)
        seen.append([hypotheses(best, place) for place in range(3)])
    assert seen[0] == seen[1]
