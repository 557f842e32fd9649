"""States that are kept on the module's side of the border."""

from functools import partial
from typing import NamedTuple, cast

import pytest
import torch
from torch import Tensor, nn

from service.engine.border import Kept, keep


class Rows(NamedTuple):
    """Counters in rows; what is `due` was read from a view of `whole` after it was written."""

    whole: Tensor  # [capacity]
    num_rows: int
    due: int


class Results(NamedTuple):
    """What `best` returns, all of it the rows that were asked for."""

    tokens: Tensor
    lengths: Tensor
    log_probs: Tensor
    scores: Tensor
    attention: Tensor


class Counting(nn.Module):
    """The verbs of a search, over rows that only count down; scripted with them as an artifact is."""

    @torch.jit.export
    def open(self, capacity: int) -> Rows:
        """No rows of `capacity`."""
        return Rows(torch.zeros(capacity, dtype=torch.int64), 0, 0)

    @torch.jit.export
    def admit(self, state: Rows, ids: Tensor, lengths: Tensor, max_lengths: Tensor, num_best: Tensor) -> Rows:
        """Newcomers count from `max_lengths` [n]."""
        state.whole[state.num_rows : state.num_rows + ids.size(0)].copy_(max_lengths)
        return self._with_rows(state.whole, state.num_rows + ids.size(0))

    @torch.jit.export
    def step(self, state: Rows, num_steps: int) -> Rows:
        """Count down."""
        state.whole[: state.num_rows].sub_(num_steps)
        return self._with_rows(state.whole, state.num_rows)

    @torch.jit.export
    def finished(self, state: Rows) -> Tensor:
        """Tell who has counted down."""
        return state.whole[: state.num_rows] <= 0

    @torch.jit.export
    def best(self, state: Rows, rows: Tensor, num_best: int) -> Results:
        """The counters of `rows`, those due first, `num_best` times."""
        found = state.whole.index_select(0, rows)
        return Results(found, found + state.due, found, found * num_best, found)

    @torch.jit.export
    def release(self, state: Rows, rows: Tensor) -> Rows:
        """Forget as many of the last rows."""
        return self._with_rows(state.whole, state.num_rows - rows.size(0))

    def forward(self, state: Rows) -> Rows:
        """One step."""
        return self.step(state, 1)

    def _with_rows(self, whole: Tensor, num_rows: int) -> Rows:
        view = whole[:num_rows]
        return Rows(whole, num_rows, int(view.max().item()) if num_rows > 0 else 0)


@pytest.fixture(params=["scripted", "python"])
def verbs(request: pytest.FixtureRequest) -> Counting:
    """A module of each kind."""
    module = Counting()
    return cast(Counting, torch.jit.script(module)) if request.param == "scripted" else module


def admit(kept: Kept, *counts: int) -> None:
    """Let counters of these heights join."""
    newcomers = torch.tensor(counts)
    kept.kept_admit(newcomers.unsqueeze(1), torch.ones_like(newcomers), newcomers, torch.ones_like(newcomers))


def counters(kept: Kept, *rows: int) -> list[int]:
    """How far the counters of `rows` are."""
    found: list[int] = kept.kept_best(torch.tensor(rows), 1)[0].tolist()
    return found


def test_verbs_of_a_kept_state_follow_one_another(verbs: Counting) -> None:
    kept = keep(verbs, partial(verbs.open, 4))
    admit(kept, 3, 7)
    kept.kept_step(2)
    admit(kept, 5)
    assert kept.kept_step(1).tolist() == [True, False, False]
    assert counters(kept, 0, 1, 2) == [0, 4, 4]
    kept.kept_release(torch.tensor([2]))
    assert kept.kept_step(0).tolist() == [True, False]


def test_best_returns_its_parts_in_the_order_of_the_contract(verbs: Counting) -> None:
    kept = keep(verbs, partial(verbs.open, 4))
    admit(kept, 3, 7)
    parts = [part.tolist() for part in kept.kept_best(torch.tensor([0]), 2)]
    assert parts == [[3], [3 + 7], [3], [6], [3]]


def test_a_verb_reads_what_it_has_just_written(verbs: Counting) -> None:
    kept = keep(verbs, partial(verbs.open, 4))
    for height in (2, 9):  # the optimiser comes into play at the second call
        admit(kept, height)
        assert kept.kept_best(torch.tensor([0]), 1)[1].item() == 2 + height


def test_states_of_one_module_know_nothing_of_each_other(verbs: Counting) -> None:
    one, other = keep(verbs, partial(verbs.open, 4)), keep(verbs, partial(verbs.open, 4))
    admit(one, 3)
    admit(other, 5, 6)
    assert (one.kept_step(3).tolist(), other.kept_step(0).tolist()) == ([True], [False, False])
    again = keep(verbs, partial(verbs.open, 4))
    assert again.kept_step(0).tolist() == []
    assert counters(other, 0, 1) == [5, 6]


def test_modules_of_one_type_know_nothing_of_each_other() -> None:
    for _ in range(3):  # scripted one after the other, they share a type, to which keeping a state adds
        module = cast(Counting, torch.jit.script(Counting()))
        kept = keep(module, partial(module.open, 4))
        for height in (2, 9):  # the optimiser comes into play at the second call
            admit(kept, height)
            assert module.finished(module.step(module.open(4), 1)).tolist() == []
        assert counters(kept, 0, 1) == [2, 9]
