"""From a checkpoint to an artifact: script, compare with the eager search, store in half precision, verify."""

import copy
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast

import torch
import typer
from torch import nn

from model.search import Translator
from model.seq2seq import Seq2Seq
from model.states import Hypotheses
from training.artifact import (
    CARD,
    MODULE,
    SAMPLES,
    SUBWORD,
    ArtifactError,
    check_sums,
    copy_others,
    describe,
    read_config,
    write_config,
    write_sums,
)
from training.checkpoint import Checkpoint, CheckpointError
from training.config import RunConfig, SearchConfig, StoredPrecision, load_config
from training.dataset import PreparedData
from training.fingerprint import fingerprint
from training.model_card import model_card
from training.replacement import replaced
from training.samples import SampleError, check_samples, make_samples, read_samples, write_samples

DTYPES: dict[StoredPrecision, torch.dtype] = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
}
PARITY_LENGTHS = (9, 7, 4, 1)
PARITY_STEPS = 12


class ExportError(Exception):
    """What was asked for cannot become an artifact."""


def export_artifact(
    config: RunConfig,
    checkpoint: Checkpoint,
    data: PreparedData,
    output: Path,
    *,
    notes: str | None = None,
    artifact_version: str = "1",
    force: bool = False,
) -> None:
    """Write the averaged weights of `checkpoint` as an artifact to `output`, verified, at once or not at all.

    An artifact that is replaced leaves its floors and baselines behind.

    Raises:
        ExportError: `output` exists, or the checkpoint was trained on other data.
        ArtifactError: the scripted search differs from the eager one, or the files are not what was written.
        SampleError: no dev source makes a sample, or the stored module does not reproduce one.
    """
    if output.exists() and not force:
        raise ExportError(f"{output} exists; --force replaces it")
    _check_data(config, checkpoint, data)
    network, dtype = checkpoint.network(), DTYPES[config.export.stored_precision]
    with replaced(output) as building:
        scripted = script(network)
        _save(scripted.to(dtype), building / MODULE)
        data.subword.save(building / SUBWORD)
        stored = copy.deepcopy(network).to(dtype).float()
        write_samples(building / SAMPLES, make_samples(stored, data, config))
        description = describe(config, checkpoint, data, artifact_version)
        write_config(building, description)
        (building / CARD).write_text(model_card(description, config, checkpoint, data, notes), encoding="utf-8")
        copy_others(output, building)
        write_sums(building)
        verify(building)


def script(network: Seq2Seq) -> Translator:
    """The scripted search over a float64 copy of `network`, once it has translated just as the eager one does.

    Raises:
        ArtifactError: a result differs by as little as one bit.
    """
    eager = Translator(copy.deepcopy(network).double())
    with _deprecation_known():
        scripted = cast(Translator, torch.jit.script(eager))
    vocab_size = network.embedding.weight.size(0)
    expected, found = (_search_random(each, vocab_size) for each in (eager, scripted))
    for name, left, right in zip(Hypotheses._fields, expected, found, strict=True):
        if not torch.equal(left, right):
            raise ArtifactError(f"the scripted search gives other {name} than the eager one in float64")
    return scripted


def verify(directory: Path) -> None:
    """Load an artifact as a service does, and reproduce its samples.

    Raises:
        ArtifactError: a file is not what `SHA256SUMS` lists.
        SampleError: a sample is not reproduced.
    """
    check_sums(directory)
    config = read_config(directory)
    search, max_target = SearchConfig(**config["search"]), config["limits"]["max_target_tokens"]
    # The optimiser would compile anew for every shape.
    with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
        module = cast(Translator, read_module(directory).float().eval())
        check_samples(module, read_samples(directory / SAMPLES), search, max_target)


def export(
    config: Annotated[Path, typer.Argument(help="The run's YAML file.")],
    checkpoint: Annotated[Path, typer.Option(help="Checkpoint; its averaged (EMA) weights are taken.")],
    data: Annotated[Path, typer.Option(help="Prepared data that it was trained on.")],
    output: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    notes: Annotated[Path | None, typer.Option(help="Markdown for the model card: licence, purpose, caveats.")] = None,
    version: Annotated[str, typer.Option(help="The artifact's own version.")] = "1",
    force: Annotated[bool, typer.Option("--force", help="Replace an artifact that is there.")] = False,
) -> None:
    """Export a checkpoint as an artifact that `dragoman serve` serves.

    Example: dragoman-train export training/configs/multi30k-en-de.yaml --checkpoint
    runs/multi30k-en-de/checkpoints/best.pt --data runs/multi30k-en-de/data --output artifacts/multi30k-en-de
    """
    try:
        text = notes.read_text(encoding="utf-8") if notes else None
        run, prepared = load_config(config), PreparedData.open(data)
        export_artifact(
            run, Checkpoint.load(checkpoint), prepared, output, notes=text, artifact_version=version, force=force
        )
    except (ExportError, ArtifactError, SampleError, CheckpointError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    num_bytes = sum(path.stat().st_size for path in output.iterdir())
    typer.echo(f"{output}: {num_bytes / 1e6:.1f} MB, scripted equals eager, samples reproduced")


def _check_data(config: RunConfig, checkpoint: Checkpoint, data: PreparedData) -> None:
    """Refuse data whose subword model the checkpoint does not know."""
    trained_on = checkpoint.fingerprint.get("data")
    if trained_on is not None and trained_on != fingerprint(config, data)["data"]:
        raise ExportError(f"the checkpoint was trained on other data than {data.directory}")
    known, found = checkpoint.model_config.vocab_size, data.subword.vocab_size
    if known != found:
        raise ExportError(f"the network has a vocabulary of {known}; the subword model of {data.directory} has {found}")


def _search_random(translator: Translator, vocab_size: int) -> Hypotheses:
    """Search random sources of several lengths, with coverage, in company."""
    generator = torch.Generator().manual_seed(0)
    num_rows, longest = len(PARITY_LENGTHS), max(PARITY_LENGTHS)
    src_ids = torch.randint(0, vocab_size, (num_rows, longest), generator=generator)
    limits, num_best = torch.full((num_rows,), PARITY_STEPS), torch.full((num_rows,), 2)
    state = translator.open(num_rows, 3, longest, PARITY_STEPS, 0.8, 0.1)
    state = translator.admit(state, src_ids, torch.tensor(PARITY_LENGTHS), limits, num_best)
    state = translator.step(state, PARITY_STEPS)
    return translator.best(state, torch.arange(num_rows), 2)


def _save(module: torch.nn.Module, path: Path) -> None:
    """Store `module` without its debug records, which hold the paths of this machine's source files."""
    cast(torch.jit.ScriptModule, module).save(str(path))
    with zipfile.ZipFile(path) as archive:
        records = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in records:
            if not name.endswith(".debug_pkl"):
                archive.writestr(zipfile.ZipInfo(name), content)


def read_module(directory: Path) -> nn.Module:
    """The scripted module of the artifact in `directory`, on the CPU, with the weights as they are stored."""
    with _deprecation_known():
        return cast(nn.Module, torch.jit.load(str(directory / MODULE), map_location="cpu"))


@contextmanager
def _deprecation_known() -> Iterator[None]:
    """TorchScript is the artifact's format and deprecated upstream (docs/decisions/0002): silence these words only."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning):  # newer releases show it to users as well
            warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", category)
        yield
