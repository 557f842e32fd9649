"""Keeps a search state on the module's side of the border, so that a verb does not carry it through Python.

The verbs of an artifact take a state and return another one: some sixty tensors in nested named tuples, which torch
unpacks, wraps, packs and makes classes for, at a third of the cost of a step of one sentence. So each state gets a copy
of its module, over the same weights, that has the state as an attribute and a few more methods, scripted as well.

The state is an attribute and not, say, in a dictionary: through a container torch's optimiser loses sight of what is a
view of what, and reads before it writes.
"""

import copy
from collections.abc import Callable
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

# tokens [R, B, T], lengths [R, B], log_probs [R, B], scores [R, B], attention [R, B, T, S]
Found = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


class Kept(Protocol):
    """The verbs of a module over the state that it keeps."""

    def kept_admit(self, ids: Tensor, lengths: Tensor, max_lengths: Tensor, num_best: Tensor) -> None:
        """Encode newcomers: `ids` [n, S], the others [n]."""

    def kept_step(self, num_steps: int) -> None:
        """Advance every row in use by up to `num_steps` tokens."""

    def kept_finished(self) -> Tensor:
        """Return True [rows in use] where a row is done."""
        ...

    def kept_best(self, rows: Tensor, num_best: int) -> Found:
        """Read the hypotheses of `rows` [R]."""
        ...

    def kept_release(self, rows: Tensor) -> None:
        """Free `rows` [R]."""


def keep(module: nn.Module, open_state: Callable[[], Any]) -> Kept:
    """Open a state by `open_state`, which calls a verb of `module`, and keep it."""
    if not hasattr(module, "define"):  # only scripted modules can be given methods
        return _KeptInPython(module, open_state())
    _make_room(module)
    kept: Any = copy.copy(module)
    kept.kept_state = open_state()
    if not hasattr(kept, "kept_step"):  # copies share a type, and with it the methods
        kept.define(_VERBS)
    return cast(Kept, kept)


def _make_room(module: Any) -> None:
    """Give the module itself the attribute: an attribute belongs to a type, and verbs fail on an object without it."""
    optional = torch._C.OptionalType(module.step.schema.returns[0].type)
    module._c._register_attribute("kept_state", optional, None)


_VERBS = """
def kept_admit(self, ids: Tensor, lengths: Tensor, max_lengths: Tensor, num_best: Tensor) -> None:
    state = self.kept_state
    assert state is not None
    self.kept_state = self.admit(state, ids, lengths, max_lengths, num_best)

def kept_step(self, num_steps: int) -> None:
    state = self.kept_state
    assert state is not None
    self.kept_state = self.step(state, num_steps)

def kept_finished(self) -> Tensor:
    state = self.kept_state
    assert state is not None
    return self.finished(state)

def kept_best(self, rows: Tensor, num_best: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    state = self.kept_state
    assert state is not None
    found = self.best(state, rows, num_best)
    return found.tokens, found.lengths, found.log_probs, found.scores, found.attention

def kept_release(self, rows: Tensor) -> None:
    state = self.kept_state
    assert state is not None
    self.kept_state = self.release(state, rows)
"""


class _KeptInPython:
    """A state of a module that is not scripted."""

    def __init__(self, module: Any, state: Any) -> None:
        self._verbs = module
        self._state = state

    def kept_admit(self, ids: Tensor, lengths: Tensor, max_lengths: Tensor, num_best: Tensor) -> None:
        self._state = self._verbs.admit(self._state, ids, lengths, max_lengths, num_best)

    def kept_step(self, num_steps: int) -> None:
        self._state = self._verbs.step(self._state, num_steps)

    def kept_finished(self) -> Tensor:
        return cast(Tensor, self._verbs.finished(self._state))

    def kept_best(self, rows: Tensor, num_best: int) -> Found:
        found = self._verbs.best(self._state, rows, num_best)
        return found.tokens, found.lengths, found.log_probs, found.scores, found.attention

    def kept_release(self, rows: Tensor) -> None:
        self._state = self._verbs.release(self._state, rows)
