"""A finished toy run, whose checkpoint and artifact others begin with; a module may have a run of its own instead."""

from pathlib import Path

import pytest

from tests.training.toy_run import run_training, toy_config, toy_data
from training.checkpoint import Checkpoint
from training.dataset import PreparedData
from training.export import export_artifact


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("initial")


@pytest.fixture(scope="module")
def data(root: Path) -> PreparedData:
    return toy_data(root)


@pytest.fixture(scope="module")
def first(root: Path, data: PreparedData) -> Path:
    """The checkpoint of a run that others begin with."""
    run_training(toy_config(root, epochs=3), data, root / "first")
    return root / "first" / "checkpoints" / "last.pt"


@pytest.fixture(scope="module")
def artifact(root: Path, data: PreparedData, first: Path) -> Path:
    export_artifact(toy_config(root), Checkpoint.load(first), data, root / "artifact")
    return root / "artifact"
