"""A reload that the quality gate guards, in a real process under load: a worse model is refused, a good one serves."""

import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import ROOT, Service, running
from tests.load import Load
from tests.training.damage import add_noise, copy_artifact, make_consistent, require_nothing, require_only

ARTIFACT = ROOT / "artifacts" / "multi30k-en-de"
GATE = f"{shlex.quote(sys.executable)} -m training gate --artifact {{candidate}} --requirements {{serving}}"
DATA = f"--data {shlex.quote(str(ROOT / 'tests' / 'data'))}"
PATIENCE_S = 240.0
TEXTS = ["A man is riding a bicycle.", "Two dogs run through the snow.", "A woman in a red dress is dancing."]


def translated(client: httpx.Client) -> list[str]:
    answer = client.post("/v1/translate", json={"texts": TEXTS, "source": "en", "target": "de"})
    assert answer.status_code == 200, answer.text
    return [each["text"] for each in answer.json()["translations"]]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with a model, `1`, where the link `current` leads, and two to replace it: `good` and `worse`.

    The worse one would pass its own gate, as it demands nothing.
    """
    for name in ("1", "good", "worse"):
        require_only(copy_artifact(ARTIFACT, tmp_path / name), "captions")
    make_consistent(tmp_path / "good")
    require_nothing(tmp_path / "worse")
    add_noise(tmp_path / "worse", 0.3)
    (tmp_path / "current").symlink_to("1")
    return tmp_path


@pytest.fixture
def service(models: Path) -> Iterator[Service]:
    settings = {"DRAGOMAN_MAX_CACHE_BYTES": "0", "DRAGOMAN_STRICT": "true", "DRAGOMAN_MAX_PROOF_AGE_S": "120"}
    with running(models / "current", DRAGOMAN_RELOAD_CHECK=f"{GATE} {DATA}", **settings) as started:
        started.await_ready()
        yield started


def reload(service: Service, models: Path, name: str) -> str:
    """Let the link lead to another model and say so; what the service logged in the end."""
    (models / "fresh").symlink_to(name)
    (models / "fresh").replace(models / "current")
    num_before = len(service.entries())
    service.signal(signal.SIGHUP)
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        for entry in service.entries()[num_before:]:
            message: str = entry["message"]
            if message.startswith(("reloaded", "not reloaded", "nothing to reload")):
                return message
        time.sleep(0.2)
    raise AssertionError(service.entries()[num_before:])


def served_hash(client: httpx.Client) -> str:
    [line] = [line for line in client.get("/metrics").text.splitlines() if line.startswith("dragoman_artifact_info{")]
    return line


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worse_model_is_refused_under_load_and_a_good_one_serves(service: Service, models: Path) -> None:
    with service.client(PATIENCE_S) as client:
        right, before = translated(client), served_hash(client)
        with Load(lambda *_: translated(client), 3, httpx.HTTPError, AssertionError) as load:
            refusal = reload(service, models, "worse")
            assert refusal.startswith("not reloaded, the old version serves on: ")
            assert "quality gate: refused" in refusal
            assert served_hash(client) == before
            assert reload(service, models, "good") == "reloaded"
            assert served_hash(client) != before
            assert translated(client) == right
        assert load.failures == []
        assert len(load.answers) > 10
        assert all(answer == right for answer in load.answers)
    service.signal()
    assert service.await_exit() == 0
