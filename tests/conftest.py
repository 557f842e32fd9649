"""What every test gets: one thread, no settings from the shell, and the marks that follow from its place."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator

import hypothesis
import pytest

from tests.laws import examples

# Examples are timed by the whole test's timeout alone: on a busy machine a single one may take seconds.
hypothesis.settings.register_profile("dragoman", examples(100))
hypothesis.settings.load_profile("dragoman")

# Before anything imports torch: tests run beside other work, and results must not depend on the number of cores.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"
# Services that a test starts keep nothing in the home of whoever runs it.
_state = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="dragoman-state-")
for _name in [name for name in os.environ if name.startswith("DRAGOMAN_")]:
    del os.environ[_name]


@pytest.fixture(autouse=True)
def _logs_go_where_they_went() -> Iterator[None]:
    """Undo what a test that starts a command in this process has configured: others read what is logged."""
    root = logging.getLogger()
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, ("uvicorn", "asyncio")))}
    handlers = list(root.handlers)
    yield
    for logger, level in levels.items():
        logger.setLevel(level)
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)


def pytest_unconfigure() -> None:
    """Remove what the services of this run have kept."""
    shutil.rmtree(_state, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what starts processes of its own; skip tests marked `gpu` where there is no CUDA device."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.slow)
    needing = [item for item in items if item.get_closest_marker("gpu")]
    if needing and not _has_gpu():
        for item in needing:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()
