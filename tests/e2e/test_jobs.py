"""Documents in the background of a real process: they outlive their client, and nothing of them outlives it."""

import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.process import Service, running

EN_DE = {"source": "en", "target": "de"}
LINES = "".join(f"The man number {i} rides a horse & 'waits' for {{name}}.\r\n\n" for i in range(40))
DOCUMENTS = {
    "text": ("a.txt", LINES),
    "html": ("a.html", f"<html><body><p>{LINES.replace('&', '&amp;')}</p><pre>x\n y</pre><!-- no --></body></html>"),
    "xml": ("a.xml", f"<?xml version='1.0'?>\n<d><p>{LINES.replace('&', '&amp;')}</p><x a='b'/></d>\n"),
}


def send(client: httpx.Client, name: str, content: str, **fields: str) -> str:
    answered = client.post("/v1/jobs", files={"file": (name, content.encode())}, data={**EN_DE, **fields})
    assert answered.status_code == 202, answered.text
    return str(answered.json()["id"])


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    ends_at = time.monotonic() + 120.0
    while True:
        record: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
        if record["state"] not in ("queued", "running"):
            return record
        assert time.monotonic() < ends_at, record
        time.sleep(0.02)


@pytest.mark.parametrize("form", DOCUMENTS)
def test_a_document_comes_out_as_the_same_text_does_and_needs_no_client(service: Service, form: str) -> None:
    name, content = DOCUMENTS[form]
    with service.client() as sender:
        job_id = send(sender, name, content)
    with service.client() as client:
        record = ended(client, job_id)
        assert (record["state"], record["progress"]) == ("done", 1.0)
        asked = {"texts": [content], "format": form, **EN_DE}
        [whole] = client.post("/v1/translate", json=asked).json()["translations"]
        assert client.get(f"/v1/jobs/{job_id}/result").content.decode() == whole["text"]
        assert record["document"]["source"] == "en"


def test_people_are_answered_while_documents_are_translated(service: Service) -> None:
    with service.client() as client:
        jobs = [send(client, f"{i}.txt", LINES.replace("man", f"man{i}") * 20) for i in range(3)]
        for i in range(5):
            asked = {"texts": [f"How are you on day {i}?"], **EN_DE}
            assert client.post("/v1/translate", json=asked).status_code == 200
        assert any(client.get(f"/v1/jobs/{job_id}").json()["state"] != "done" for job_id in jobs), "too short"
        for job_id in jobs:
            client.delete(f"/v1/jobs/{job_id}")
        assert client.get("/v1/usage").status_code == 200


def test_xml_that_is_not_well_formed_fails_with_the_place(service: Service) -> None:
    with service.client() as client:
        record = ended(client, send(client, "a.xml", "<d>\n<p>The man.</d>"))
    assert record["state"] == "failed"
    assert record["error"]["code"] == "invalid_markup"
    assert "file is not well-formed XML" in record["error"]["message"]
    assert "line 2" in record["error"]["message"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_document_delays_no_stop_and_leaves_no_file(artifact: Path, tmp_path: Path, number: signal.Signals) -> None:
    slow = {"DRAGOMAN_MAX_ROWS": "1", "DRAGOMAN_MAX_CACHE_BYTES": "0", "DRAGOMAN_MAX_RUNNING_JOBS": "1"}
    drain = {"DRAGOMAN_DRAIN_DELAY_S": "0", "DRAGOMAN_DRAIN_TIMEOUT_S": "600"}
    settings = {"DRAGOMAN_JOBS_DIRECTORY": str(tmp_path), **drain}
    with running(artifact, **slow, **settings) as service, service.client() as client:
        service.await_ready()
        jobs = [send(client, "a.txt", LINES * 10) for _ in range(3)]
        while not (record := client.get(f"/v1/jobs/{jobs[0]}").json())["progress"]:
            assert record["state"] == "running", record
            time.sleep(0.02)
        assert list(tmp_path.iterdir()) == []
        service.signal(number)
        assert service.await_exit(120.0) == (0 if number is signal.SIGTERM else -signal.SIGKILL)
        entries = [entry for entry in service.entries() if entry["message"] == "a job ended"]
    assert list(tmp_path.iterdir()) == []
    if number is signal.SIGTERM:
        assert [(entry["state"], entry.get("error")) for entry in entries] == [("failed", "not_ready")] * 3
