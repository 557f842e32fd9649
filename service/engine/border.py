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

    def kept_step(self, num_steps: int) -> Tensor:
        """Advance every row in use by up to `num_steps` tokens; returns True [rows in use] where a row is done."""
        ...

    def kept_best(self, rows: Tensor, num_best: int) -> Found:
        """Read the hypotheses of `rows` [R]."""
        ...

    def kept_release(self, rows: Tensor) -> None:
        """Free `rows` [R]."""


class KeptOnDevice(Kept, Protocol):
    """The same of a module whose steps can be recorded."""

    def kept_encode(self, ids: Tensor, lengths: Tensor) -> None:
        """Encode newcomers, `ids` [n, S], and keep what comes of it beside the state."""

    def kept_enter(self, max_lengths: Tensor, num_best: Tensor) -> None:
        """Give what was encoded last its rows."""

    def kept_device_step(self, num_rows: int, clock: Tensor) -> None:
        """Advance the first `num_rows` rows by a token on the device alone."""

    def kept_stepped(self, num_steps: int) -> None:
        """Count steps that the device has made."""

    def kept_finished(self) -> Tensor:
        """Return True [rows in use] where a row is done."""
        ...


def can_replay(module: nn.Module) -> bool:
    """Whether what `keep` makes of `module` is a `KeptOnDevice`: not of artifacts from before its steps could be."""
    return hasattr(module, "define") and hasattr(module, "device_step")


def keep(module: nn.Module, open_state: Callable[[], Any]) -> Kept:
    """Open a state by `open_state`, which calls a verb of `module`, and keep it."""
    if not hasattr(module, "define"):  # only scripted modules can be given methods
        return _KeptInPython(module, open_state())
    _make_room(module)
    kept: Any = copy.copy(module)
    kept.kept_state = open_state()
    if not hasattr(kept, "kept_step"):  # copies share a type, and with it the methods
        kept.define(_VERBS + _DEVICE_VERBS if can_replay(module) else _VERBS)
    return cast(Kept, kept)


def _make_room(module: Any) -> None:
    """Give the module itself the attribute: an attribute belongs to a type, and verbs fail on an object without it."""
    optional = torch._C.OptionalType(module.step.schema.returns[0].type)
    module._c._register_attribute("kept_state", optional, None)
    if can_replay(module):
        optional = torch._C.OptionalType(module.encode.schema.returns[0].type)
        module._c._register_attribute("kept_encoded", optional, None)


_VERBS = """
def kept_admit(self, ids: Tensor, lengths: Tensor, max_lengths: Tensor, num_best: Tensor) -> None:
    state = self.kept_state
    assert state is not None
    self.kept_state = self.admit(state, ids, lengths, max_lengths, num_best)

def kept_step(self, num_steps: int) -> Tensor:
    state = self.kept_state
    assert state is not None
    stepped = self.step(state, num_steps)
    self.kept_state = stepped
    return self.finished(stepped)

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

_DEVICE_VERBS = """
def kept_encode(self, ids: Tensor, lengths: Tensor) -> None:
    state = self.kept_state
    assert state is not None
    self.kept_encoded = self.encode(state, ids, lengths)

def kept_enter(self, max_lengths: Tensor, num_best: Tensor) -> None:
    state, encoded = self.kept_state, self.kept_encoded
    assert state is not None
    assert encoded is not None
    self.kept_state = self.enter(state, encoded, max_lengths, num_best)
    self.kept_encoded = None

def kept_device_step(self, num_rows: int, clock: Tensor) -> None:
    state = self.kept_state
    assert state is not None
    self.device_step(state, num_rows, clock)

def kept_stepped(self, num_steps: int) -> None:
    state = self.kept_state
    assert state is not None
    self.kept_state = self.stepped(state, num_steps)

def kept_finished(self) -> Tensor:
    state = self.kept_state
    assert state is not None
    return self.finished(state)
"""


class _KeptInPython:
    """A state of a module that is not scripted."""

    def __init__(self, module: Any, state: Any) -> None:
        self._verbs = module
        self._state = state

    def kept_admit(self, ids: Tensor, lengths: Tensor, max_lengths: Tensor, num_best: Tensor) -> None:
        self._state = self._verbs.admit(self._state, ids, lengths, max_lengths, num_best)

    def kept_step(self, num_steps: int) -> Tensor:
        self._state = self._verbs.step(self._state, num_steps)
        return cast(Tensor, self._verbs.finished(self._state))

    def kept_best(self, rows: Tensor, num_best: int) -> Found:
        found = self._verbs.best(self._state, rows, num_best)
        return found.tokens, found.lengths, found.log_probs, found.scores, found.attention

    def kept_release(self, rows: Tensor) -> None:
        self._state = self._verbs.release(self._state, rows)
