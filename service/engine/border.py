"""Makes what passes between Python and a scripted module cheap.

A verb returns its state as nested named tuples, and torch makes a new class for each of them whenever a verb returns:
more work than a step of one sentence. Here each kind gets its class once. Torch is pinned; should it lose the function
that this replaces, verbs are as slow as before and nothing else changes.
"""

from collections import namedtuple
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import torch._jit_internal

_MAKER = "_create_named_tuple"


def reuse_classes() -> None:
    """Let torch reuse the classes of named tuples; any number of calls do what one does."""
    if hasattr(torch._jit_internal, _MAKER):
        setattr(torch._jit_internal, _MAKER, _make)


@cache
def _class(name: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(name, fields)


def _make(values: Iterable[Any], name: str, fields: Sequence[str], _defaults: Sequence[Any]) -> Any:
    return _class(name, tuple(fields))._make(values)
