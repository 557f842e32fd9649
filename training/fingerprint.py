"""What a run's weights depend on: settings and data. A run may only go on with the same."""

import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path

from training.checkpoint import CheckpointError
from training.config import RunConfig
from training.dataset import PreparedData

logger = logging.getLogger(__name__)

# These change what is reported or kept, or when the run ends, but no weight on the way.
FREE_SETTINGS = {
    "validate_every_epochs",
    "validate_beam_size",
    "max_validation_segments",
    "patience",
    "keep_checkpoints",
    "checkpoint_every_s",
    "log_every_updates",
    "num_threads",
}

# These came later than checkpoints that are still of use: at these values they stand for what was done before.
LATER_SETTINGS = {"match_pieces": False}


def fingerprint(config: RunConfig, data: PreparedData) -> dict[str, str]:
    """Every setting that the weights depend on, by dotted key, and the digest of the data."""
    training = {
        key: value
        for key, value in asdict(config.training).items()
        if key not in FREE_SETTINGS and (key not in LATER_SETTINGS or value != LATER_SETTINGS[key])
    }
    subword = {key: value for key, value in asdict(config.subword).items() if key != "model"}  # the digest has it
    groups = {
        "model": asdict(config.model),
        "training": training,
        "subword": subword,
        "noise": asdict(config.noise),
    }
    settings = {f"{name}.{key}": json.dumps(value) for name, group in groups.items() for key, value in group.items()}
    return settings | digests(data)


def warn_of_other_data(config: RunConfig, data: PreparedData) -> None:
    """Log which keys of `config` differ from those that `data` was prepared with, and so have no effect."""
    prepared = data.manifest
    current = json.loads(json.dumps({"corpus": asdict(config.corpus), "subword": asdict(config.subword)}))
    del current["subword"]["sampling_alpha"]  # which only training heeds
    keys = [
        f"{group}.{key}"
        for group, values in current.items()
        for key, value in values.items()
        if key in prepared.get(group, {}) and prepared[group][key] != value
    ]
    if keys:
        logger.warning("%s was prepared with other values of %s, and those count", data.directory, ", ".join(keys))


def digests(data: PreparedData) -> dict[str, str]:
    """The digest of the prepared files, and that of the subword model alone."""
    contents = {"data": repr(data.manifest).encode(), "vocabulary": data.subword.serialized}
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def check_fingerprint(saved: dict[str, str], current: dict[str, str], path: Path) -> None:
    """Refuse to go on from the checkpoint at `path` with other settings.

    Raises:
        CheckpointError: names every difference.
    """
    keys = sorted(key for key in saved.keys() | current.keys() if saved.get(key) != current.get(key))
    if keys:
        changes = ", ".join(f"{key} was {saved.get(key)}, is {current.get(key)}" for key in keys)
        raise CheckpointError(f"{path} belongs to another run ({changes}); restore the settings, or use --restart")


def check_same_vocabulary(saved: dict[str, str], data: PreparedData, what: str) -> None:
    """Refuse weights of `what`, known by their fingerprint, whose pieces have other ids than those of `data`.

    Raises:
        CheckpointError: the subword models differ, or it cannot be known.
    """
    current = digests(data)
    if all(saved.get(key) != digest for key, digest in current.items()):  # equal data has an equal vocabulary
        raise CheckpointError(
            f"{what}: its subword model is not that of {data.directory}; prepare data with its model as subword.model"
        )
