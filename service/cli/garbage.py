"""When the process looks for garbage: not while it starts, and later not at what has come to stay.

A collection that looks at everything holds up all threads for an eighth of a second.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """No collections before `pass_over`; as ever afterwards."""
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


def pass_over() -> None:
    """Begin to collect, and pass over all that is there now: what only starting needed is too little to look for."""
    gc.freeze()
    gc.enable()


def look_again() -> None:
    """Look at everything once, since something large that was to stay has gone after all."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
