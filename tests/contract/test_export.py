"""The contract between the two halves: what training exports loads alone, and damage is seen."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch

from tests.factories import make_checkpoint, make_prepared, make_run_config, make_tiny_artifact
from training.artifact import ArtifactError, check_sums, read_config
from training.export import ExportError, export_artifact, verify

LOAD_ALONE = """
import builtins, json, sys
from pathlib import Path
real = builtins.__import__
def without_the_other_half(name, *rest, **more):
    if name.split(".")[0] in ("model", "training"):
        raise ImportError(f"{name} is not here")
    return real(name, *rest, **more)
builtins.__import__ = without_the_other_half
from service.artifact import load
from service.engine.rehearsal import self_check
from service.text.subword import describe
artifact = load(Path(sys.argv[1]), describe)
self_check(artifact)
print(json.dumps({"name": artifact.name, "samples": len(artifact.samples), "foreign": [
    name for name in sys.modules if name.split(".")[0] in ("model", "training")]}))
"""


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_artifact(tmp_path_factory.mktemp("contract") / "tiny", pairs=(("en", "de"), ("de", "en")))


def test_the_service_loads_an_artifact_without_model_and_training(artifact: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALONE, str(artifact)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["name"] == "tiny"
    assert facts["samples"] >= 1
    assert facts["foreign"] == []


def test_the_artifact_has_the_files_of_the_contract(artifact: Path) -> None:
    names = {path.name for path in artifact.iterdir()}
    assert names == {"MODEL_CARD.md", "SHA256SUMS", "config.json", "model.ts", "samples.jsonl", "subword.spm"}
    listed = [line.split("  ")[1] for line in (artifact / "SHA256SUMS").read_text().splitlines()]
    assert listed == sorted(names - {"SHA256SUMS"})
    assert read_config(artifact)["pairs"] == [
        {"source": "en", "target": "de", "tag": "<2de>"},
        {"source": "de", "target": "en", "tag": "<2en>"},
    ]


def test_the_module_is_stored_in_half_precision_and_names_no_place(artifact: Path) -> None:
    module = torch.jit.load(str(artifact / "model.ts"))
    assert {p.dtype for p in module.parameters()} == {torch.float16}
    root = str(Path(__file__).parents[2]).encode()
    with zipfile.ZipFile(artifact / "model.ts") as archive:
        assert [name for name in archive.namelist() if root in archive.read(name)] == []
    assert root not in (artifact / "subword.spm").read_bytes()


def test_a_flipped_byte_is_seen(tmp_path: Path) -> None:
    damaged = make_tiny_artifact(tmp_path / "tiny")
    verify(damaged)
    content = bytearray((damaged / "model.ts").read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / "model.ts").write_bytes(bytes(content))
    with pytest.raises(ArtifactError, match=r"model\.ts is not the file"):
        check_sums(damaged)


def test_an_artifact_is_only_replaced_on_demand_and_keeps_its_floors(tmp_path: Path) -> None:
    config = make_run_config(tmp_path / "raw")
    data = make_prepared(tmp_path / "data", config)
    checkpoint, output = make_checkpoint(config, data), tmp_path / "artifact"
    export_artifact(config, checkpoint, data, output)
    (output / "gate.json").write_text("{}")
    check_sums(output)  # floors are not part of the artifact
    with pytest.raises(ExportError, match="--force replaces it"):
        export_artifact(config, checkpoint, data, output)
    export_artifact(config, checkpoint, data, output, force=True)
    assert (output / "gate.json").read_text() == "{}"
    check_sums(output)


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    config = make_run_config(tmp_path / "raw")
    data = make_prepared(tmp_path / "data", config)
    checkpoint = make_checkpoint(config, data)
    larger = make_prepared(tmp_path / "other", make_run_config(tmp_path / "raw2", (("en", "de"), ("de", "en"))))
    checkpoint.model_config.__dict__["vocab_size"] = larger.subword.vocab_size + 1
    with pytest.raises(ExportError, match="the network has a vocabulary of"):
        export_artifact(config, checkpoint, larger, tmp_path / "artifact")
    assert not (tmp_path / "artifact").exists()
