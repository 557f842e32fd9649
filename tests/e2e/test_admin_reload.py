"""Another version of a model over HTTP, in a real process under load: a good one serves, a bad one changes nothing."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.process import Service, running
from tests.load import Load
from tests.service.tiny_artifact import write_sums, write_tiny_artifact

TOKEN = "an-admin-token-of-tests"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
RELOAD = "/v1/models/tiny/reload"
TEXTS = ["How are you today?", "The quick brown fox.", "Two lazy dogs jump over a fox."]
NUM_CLIENTS = 3
PATIENCE_S = 120.0  # far more than it takes: for a service that hangs

Answer = tuple[str, tuple[str, ...]]  # the hash of the model that a request was answered by, and the translations


@pytest.fixture(scope="module")
def other_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the same name with other weights; nobody may change it."""
    return write_tiny_artifact(tmp_path_factory.mktemp("versions") / "2", seed=2)


@pytest.fixture
def models(tmp_path: Path, artifact: Path, other_version: Path) -> Path:
    """A folder with two versions of a model, `1`, where the link `current` leads, and `2`."""
    shutil.copytree(artifact, tmp_path / "1")
    shutil.copytree(other_version, tmp_path / "2")
    (tmp_path / "current").symlink_to("1")
    return tmp_path


@pytest.fixture
def service(models: Path) -> Iterator[Service]:
    settings = {
        "DRAGOMAN_ADMIN_TOKEN": TOKEN,
        "DRAGOMAN_MAX_CACHE_BYTES": "0",
        "DRAGOMAN_STRICT": "true",  # whatever a request shares its batch with: the answer of its model is one
        "DRAGOMAN_RELOAD_CHECK": "test ! -e {candidate}/unwanted",
    }
    with running(models / "current", **settings) as started:
        started.await_ready()
        yield started


def translated(client: httpx.Client) -> Answer:
    answered = client.post("/v1/translate", json={"texts": TEXTS, "source": "en", "target": "de"})
    assert answered.status_code == 200, answered.text
    body = answered.json()
    return body["model"]["hash"], tuple(each["text"] for each in body["translations"])


def let_lead(models: Path, name: str) -> None:
    """Let the link lead to another version."""
    (models / "fresh").symlink_to(name)
    (models / "fresh").replace(models / "current")


def reloaded(client: httpx.Client) -> dict[str, Any]:
    """The record of a reload that has ended."""
    asked = client.post(RELOAD, headers=ADMIN)
    assert asked.status_code == 202, asked.text
    ends_at = time.monotonic() + PATIENCE_S
    while (record := client.get(asked.headers["location"], headers=ADMIN).json())["state"] in ("queued", "running"):
        assert time.monotonic() < ends_at, record
        time.sleep(0.02)
    return dict(record)


def await_answers(load: Load[Answer]) -> None:
    """Wait for answers to questions that are asked from now on: more than there are clients on their way."""
    enough, ends_at = len(load.answers) + 2 * NUM_CLIENTS, time.monotonic() + PATIENCE_S
    while len(load.answers) < enough and not load.failures:
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_a_good_version_takes_over_under_load_without_a_lost_request(service: Service, models: Path) -> None:
    with service.client(PATIENCE_S) as client:
        old = translated(client)
        with Load(lambda *_: translated(client), NUM_CLIENTS, httpx.HTTPError, AssertionError) as load:
            await_answers(load)
            let_lead(models, "2")
            assert client.post(RELOAD).status_code == 401
            assert client.post(RELOAD, headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 403
            assert translated(client) == old
            record = reloaded(client)  # with the token, and so it is this one that switches
            new = translated(client)
            await_answers(load)
        assert (record["kind"], record["state"], record["error"]) == ("reload", "done", None)
        assert record["reload"] == {"model": "tiny", "has_switched": True}
        assert old[0] != new[0]
        assert old[1] != new[1]
        assert load.failures == []
        assert set(load.answers) == {old, new}
        assert {model["hash"] for model in client.get("/v1/models").json()["models"]} == {new[0]}
        assert reloaded(client)["reload"] == {"model": "tiny", "has_switched": False}


def cut(version: Path) -> None:
    """A file that is not whole."""
    (version / "model.ts").write_bytes((version / "model.ts").read_bytes()[:1000])


def forge(version: Path) -> None:
    """Samples that the model does not give, under hashes that fit."""
    samples = [json.loads(line) for line in (version / "samples.jsonl").read_text(encoding="utf-8").splitlines()]
    samples[0]["target_ids"] = samples[1]["target_ids"]
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in samples)
    (version / "samples.jsonl").write_text(text, encoding="utf-8")
    write_sums(version)


def mark(version: Path) -> None:
    """Nothing that is wrong, but the operator's check does not want it."""
    (version / "unwanted").touch()


def test_bad_versions_are_refused_under_load_and_the_old_one_serves_on(service: Service, models: Path) -> None:
    with service.client(PATIENCE_S) as client:
        right = translated(client)
        with Load(lambda *_: translated(client), NUM_CLIENTS, httpx.HTTPError, AssertionError) as load:
            for damage, reason in ((cut, "model.ts has sha256"), (forge, "sample"), (mark, "exit status 1")):
                bad = damage.__name__
                shutil.copytree(models / "2", models / bad)
                damage(models / bad)
                let_lead(models, bad)
                record = reloaded(client)
                await_answers(load)
                assert (record["state"], record["error"]["code"]) == ("failed", "reload_refused"), bad
                assert record["error"]["message"].startswith("the old version serves on: "), bad
                assert reason in record["error"]["message"]
        assert load.failures == []
        assert set(load.answers) == {right}
        assert client.get("/readyz").status_code == 200
