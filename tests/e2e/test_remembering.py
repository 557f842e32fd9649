"""What a client is told of sentences that were translated before, and that they are the same to the last byte."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.process import Service, running

A, B = "How are you today?", "The quick brown fox jumps over the lazy dog."
EN_DE = {"source": "en", "target": "de"}


@pytest.fixture(scope="module")
def remembering(artifact: Path) -> Iterator[Service]:
    with running(artifact) as started:
        started.await_ready()
        yield started


def ask(client: httpx.Client, *texts: str) -> tuple[str | None, list[dict[str, Any]]]:
    """What the header says, and the translations."""
    answered = client.post("/v1/translate", json={"texts": texts, **EN_DE, "details": ["score"]})
    assert answered.status_code == 200, answered.text
    translations: list[dict[str, Any]] = answered.json()["translations"]
    return answered.headers.get("X-Cache"), translations


def test_a_remembered_answer_says_so_and_equals_a_fresh_one(remembering: Service) -> None:
    with remembering.client() as client:
        first, fresh = ask(client, A)
        again, remembered = ask(client, A)
        both, _ = ask(client, A, B)
        nothing, _ = ask(client, "...")
        twice, [one, other] = ask(client, f"{A} Once.", f"{A} Once.")
        dialects = [
            client.post("/translate", json={"q": A, **EN_DE}),
            client.post("/v2/translate", json={"text": A, "source_lang": "EN", "target_lang": "DE"}),
        ]
        metrics = client.get("/metrics").text
    assert (first, again, both, nothing) == ("miss", "hit", "partial", None)
    assert remembered == fresh
    assert (twice, one) == ("partial", other)
    assert [each.headers["X-Cache"] for each in dialects] == ["hit", "hit"]
    assert 'dragoman_cache_lookups_total{result="hit"}' in metrics
    assert "dragoman_joined_segments_total" in metrics
