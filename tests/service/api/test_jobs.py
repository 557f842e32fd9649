"""Documents as jobs, over HTTP: sent, asked after, fetched, cancelled; bounded, paid for, and nobody else's."""

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from service.access.keys import Limits
from service.core import Core
from service.engine.segment import Priority
from service.translation import TextError
from tests.service.access.test_dialects import Keys
from tests.service.api.doubles import fake, make_core, make_settings, serving

TEXT = "Hello {name}!\r\n\r\n  It rains.\n"
EN_DE = {"source": "en", "target": "de"}


def send(client: TestClient, content: str | bytes = TEXT, name: str = "a.txt", **fields: Any) -> Response:
    """A document that is sent, with a target unless there is another one."""
    headers = fields.pop("headers", {})
    return client.post("/v1/jobs", files={"file": (name, content)}, data={**EN_DE, **fields}, headers=headers)


def made(client: TestClient, *arguments: Any, **fields: Any) -> str:
    answered = send(client, *arguments, **fields)
    assert answered.status_code == 202, answered.text
    return str(answered.json()["id"])


def ended(client: TestClient, job_id: str, **headers: str) -> dict[str, Any]:
    """The record of a job when it has ended."""
    ends_at = time.monotonic() + 20.0
    while True:
        record: dict[str, Any] = client.get(f"/v1/jobs/{job_id}", headers=headers).json()
        if record["state"] not in ("queued", "running"):
            return record
        assert time.monotonic() < ends_at, record
        time.sleep(0.005)


def fault(answered: Response) -> tuple[int, str, str | None]:
    error = answered.json()["error"]
    return answered.status_code, error["code"], error.get("field")


def test_a_document_is_translated_as_bulk_work_and_fetched(client: TestClient, core: Core) -> None:
    answered = send(client)
    job_id = answered.json()["id"]
    assert answered.status_code == 202
    assert answered.headers["location"] == f"/v1/jobs/{job_id}"
    record = ended(client, job_id)
    assert (record["kind"], record["state"], record["progress"], record["error"]) == ("document", "done", 1.0, None)
    assert record["document"]["usage"]["characters"] == record["document"]["characters"] == len(TEXT)
    assert record["document"]["model"] == {"name": "double", "hash": "sha256:0"}
    assert record["created"] <= record["ended"] < record["expires"]
    result = client.get(f"/v1/jobs/{job_id}/result")
    assert result.content.decode() == TEXT.upper()
    assert result.headers["content-type"] == "text/plain; charset=utf-8"
    assert result.headers["content-disposition"] == f'attachment; filename="{job_id}.txt"'
    assert result.headers["cache-control"] == "no-store"
    [command] = fake(core).commands
    assert (command.priority, command.texts) == (Priority.BULK, (TEXT,))


@pytest.mark.parametrize(
    ("name", "fields", "form", "media_type"),
    [
        ("a.txt", {}, "text", "text/plain"),
        ("a.HTML", {}, "html", "text/html"),
        ("../../a.htm", {}, "html", "text/html"),
        ("a.xml", {}, "xml", "application/xml"),
        ("a.txt", {"format": "xml"}, "xml", "application/xml"),
        ("a", {"format": "html"}, "html", "text/html"),
    ],
)
def test_the_format_is_the_one_that_is_named_or_that_of_the_file(
    client: TestClient, core: Core, name: str, fields: dict[str, str], form: str, media_type: str
) -> None:
    job_id = made(client, "<p>a</p>", name, **fields)
    assert ended(client, job_id)["document"]["format"] == form
    assert fake(core).commands[0].form == form
    assert client.get(f"/v1/jobs/{job_id}/result").headers["content-type"] == f"{media_type}; charset=utf-8"


def test_a_file_may_say_that_it_is_utf8(client: TestClient) -> None:
    sent = {"file": ("a", "A man.", 'TEXT/html; charset="UTF-8"')}
    answered = client.post("/v1/jobs", files=sent, data=EN_DE)
    assert answered.json()["document"]["format"] == "html"


def test_options_are_those_of_texts(client: TestClient, core: Core) -> None:
    fields = {"split": "none", "keep": ["ACME", "x"], "beam_size": "1", "source": "AUTO"}
    record = ended(client, made(client, **fields))
    [command] = fake(core).commands
    assert (command.split, command.keep, command.beam_size, command.source) == ("none", ("ACME", "x"), 1, None)
    assert record["document"]["source"] == "en"
    assert record["document"]["detected"] == {"language": "en", "confidence": 0.9877}


def test_a_byte_order_mark_is_kept_and_not_translated(client: TestClient, core: Core) -> None:
    job_id = made(client, b"\xef\xbb\xbfab")
    ended(client, job_id)
    assert client.get(f"/v1/jobs/{job_id}/result").content == b"\xef\xbb\xbfAB"
    assert fake(core).commands[0].texts == ("ab",)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"json": {"file": "a"}}, (415, "unsupported_media_type", "Content-Type")),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, (400, "invalid_field", "body")),
        ({"files": {"other": ("a.txt", "a")}, "data": EN_DE}, (400, "invalid_field", "other")),
        ({"files": [("file", ("a.txt", "a"))] * 2, "data": EN_DE}, (400, "invalid_field", "file")),
        ({"files": {"file": (None, "a")}, "data": EN_DE}, (400, "invalid_field", "file")),
        ({"files": {"target": (None, "de")}}, (400, "invalid_field", "file")),
        ({"files": {"file": ("a.txt", "")}, "data": EN_DE}, (400, "invalid_field", "file")),
        ({"files": {"file": ("a.txt", b"\xff")}, "data": EN_DE}, (400, "invalid_field", "file")),
        (
            {"files": {"file": ("a.txt", "a", "text/plain; charset=UTF-16")}, "data": EN_DE},
            (400, "invalid_field", "file"),
        ),
        ({"files": {"file": ("a.pdf", b"a")}, "data": EN_DE}, (400, "unsupported_format", "format")),
        ({"files": {"file": ("a.txt", "a")}}, (400, "invalid_field", "target")),
        ({"files": {"file": ("a.txt", "a")}, "data": {**EN_DE, "taget": "x"}}, (400, "invalid_field", "taget")),
        ({"files": {"file": ("a.txt", "a")}, "data": {"target": ["de", "de"]}}, (400, "invalid_field", "target")),
        ({"files": {"file": ("a.txt", "a")}, "data": {**EN_DE, "beam_size": "x"}}, (400, "invalid_field", "beam_size")),
        ({"files": {"file": ("a.txt", "a")}, "data": {**EN_DE, "beam_size": "9"}}, (400, "invalid_field", "beam_size")),
        ({"files": {"file": ("a.txt", "a")}, "data": {**EN_DE, "split": "x"}}, (400, "invalid_field", "split")),
        ({"files": {"file": ("a.txt", "a")}, "data": {**EN_DE, "format": "x"}}, (400, "unsupported_format", "format")),
        ({"files": {"file": ("a.txt", "a")}, "data": {"target": "xx"}}, (400, "unsupported_language", "target")),
        (
            {"files": {"file": ("a.txt", "a")}, "data": {"source": "de", "target": "en"}},
            (400, "unsupported_pair", "target"),
        ),
    ],
)
def test_a_bad_form_is_told_by_its_field(
    client: TestClient, core: Core, sent: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    assert fault(client.post("/v1/jobs", **sent)) == expected
    assert fake(core).commands == []


def test_documents_have_a_limit_of_their_own() -> None:
    core = make_core(make_settings(max_body_bytes=1000, max_document_bytes=2000, max_text_characters=10))
    with serving(core) as client:
        ended(client, made(client, "a" * 2000))
        answered = send(client, "a" * 2001)
        assert fault(answered) == (413, "body_too_large", "file")
        assert answered.json()["error"]["limit"] == 2000
        assert fault(send(client, "a" * 80_000)) == (413, "body_too_large", "body")
        assert client.post("/v1/detect", json={"texts": ["a" * 1000]}).status_code == 413


def test_progress_grows_and_a_full_queue_is_waited_for(client: TestClient, core: Core) -> None:
    fake(core).delay_s, fake(core).refusals = 0.1, [0.01, 0.01]
    job_id = made(client, "a\n" * 5)
    seen = []
    while (record := client.get(f"/v1/jobs/{job_id}").json())["state"] != "done":
        seen.append(record["progress"])
        time.sleep(0.005)
    assert seen == sorted(seen)
    assert any(0.0 < progress < 1.0 for progress in seen)
    assert fake(core).refusals == []


def test_a_job_that_is_deleted_stops_and_leaves_nothing(client: TestClient, core: Core) -> None:
    fake(core).delay_s = 5.0
    job_id = made(client, "a\n" * 9)
    assert client.delete(f"/v1/jobs/{job_id}").json()["state"] == "cancelled"
    assert client.get(f"/v1/jobs/{job_id}").json()["state"] == "cancelled"
    assert fault(client.get(f"/v1/jobs/{job_id}/result")) == (409, "job_not_done", "id")
    assert client.delete(f"/v1/jobs/{job_id}").json()["state"] == "cancelled"
    assert fault(client.delete(f"/v1/jobs/{job_id}")) == (404, "not_found", "id")
    assert "dragoman_jobs_bytes 0.0" in client.get("/metrics").text
    assert fake(core).commands == []


def test_a_job_that_is_done_and_deleted_is_forgotten(client: TestClient) -> None:
    job_id = made(client)
    ended(client, job_id)
    assert client.delete(f"/v1/jobs/{job_id}").json()["state"] == "done"
    assert fault(client.get(f"/v1/jobs/{job_id}/result")) == (404, "not_found", "id")
    assert "dragoman_jobs_bytes 0.0" in client.get("/metrics").text


def test_a_document_that_cannot_be_translated_fails_with_the_error_of_a_text(client: TestClient, core: Core) -> None:
    fake(core).fails[TEXT] = TextError("invalid_markup", "texts[0] is not well-formed XML: at line 1")
    record = ended(client, made(client))
    assert record["state"] == "failed"
    assert record["error"] == {"code": "invalid_markup", "message": "file is not well-formed XML: at line 1"}
    assert client.get("/v1/usage").json()["characters"] == 0


def test_a_fault_of_ours_says_nothing_of_its_cause(client: TestClient, core: Core) -> None:
    fake(core).raises = ValueError("the text was SECRET")
    record = ended(client, made(client))
    assert (record["state"], record["error"]["code"]) == ("failed", "internal")
    assert "SECRET" not in str(record)


def test_one_that_takes_too_long_fails() -> None:
    core = make_core(make_settings(max_job_s=0.05))
    fake(core).delay_s = 0.04
    with serving(core) as client:
        record = ended(client, made(client, "a\n" * 9))
    assert record["error"] == {"code": "deadline_exceeded", "message": "the job was not done within 0.05 s"}


def test_a_service_that_stops_ends_its_jobs_and_takes_none(client: TestClient, core: Core) -> None:
    fake(core).delay_s = 0.05
    jobs = [made(client, "a\n" * 99) for _ in range(3)]
    core.admission.close()
    for job_id in jobs:
        record = ended(client, job_id)
        assert (record["state"], record["error"]["code"]) == ("failed", "not_ready")
        assert record["error"]["message"] == "the service is stopping"
    answered = send(client)
    assert fault(answered)[:2] == (503, "not_ready")
    assert answered.headers["retry-after"]


def test_the_number_of_jobs_is_bounded() -> None:
    core = make_core(make_settings(max_jobs_per_client=2, max_running_jobs=1))
    fake(core).delay_s = 5.0
    with serving(core) as client:
        made(client, "a\n" * 9)
        made(client)
        answered = send(client)
        assert fault(answered)[:2] == (429, "too_many_jobs")
        assert answered.json()["error"]["limit"] == 2
        assert int(answered.headers["retry-after"]) >= 1


def test_bytes_on_disk_are_bounded(core: Core) -> None:
    core = make_core(make_settings(max_document_bytes=100, max_jobs_bytes=150))
    with serving(core) as client:
        ended(client, made(client, "a" * 100))
        answered = send(client, "b" * 100)
        assert fault(answered)[:2] == (503, "overloaded")
        assert "the document has 100 bytes; of 150 for all documents 50 are free" in answered.text
        assert client.get("/v1/usage").json()["characters"] == 100


def test_a_document_is_paid_for_when_it_is_done(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.sqlite3")
    secret = keys.add("a", limits=Limits(characters_per_month=150, characters_per_minute=200))
    core = keys.core()
    headers = {"Authorization": f"Bearer {secret}"}
    with serving(core) as client:
        fake(core).delay_s = 0.05
        job_id = made(client, "a\n" * 50, headers=headers)
        refused = send(client, "a" * 60, headers=headers)
        assert fault(refused)[:2] == (429, "quota_exceeded")
        ended(client, job_id, **headers)
        used = client.get("/v1/usage", headers=headers).json()
        assert (used["requests"], used["characters"]) == (1, 100)
        assert fault(send(client, "a" * 201, headers=headers))[1] in ("quota_exceeded", "request_too_large")


def test_another_key_finds_nothing(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.sqlite3")
    mine, other = ({"Authorization": f"Bearer {keys.add(name)}"} for name in ("mine", "other"))
    with serving(keys.core()) as client:
        job_id = made(client, headers=mine)
        ended(client, job_id, **mine)
        for method, path in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
            url = f"/v1/jobs/{job_id}{path}"
            assert fault(client.request(method, url, headers=other)) == (404, "not_found", "id")
            assert fault(client.request(method, url))[:2] == (401, "key_missing")
        assert client.get(f"/v1/jobs/{job_id}/result", headers=mine).status_code == 200


def test_metrics_count_jobs(client: TestClient) -> None:
    ended(client, made(client))
    metrics = client.get("/metrics").text
    assert 'dragoman_jobs_ended_total{kind="document",state="done"} 1.0' in metrics
    assert 'dragoman_jobs{kind="document",state="running"} 0.0' in metrics
    assert f"dragoman_jobs_bytes {float(len(TEXT))}" in metrics


@pytest.mark.parametrize(
    ("path", "status", "shape"),
    [
        ("/translate_file", 403, "error"),
        ("/v2/document", 404, "message"),
        ("/v2/document/0123", 404, "message"),
        ("/v2/document/0123/result", 404, "message"),
    ],
)
def test_other_dialects_say_in_their_own_shape_that_they_take_no_files(
    client: TestClient, path: str, status: int, shape: str
) -> None:
    answered = client.post(path, files={"file": ("a.txt", "a")}, data=EN_DE)
    assert (answered.status_code, set(answered.json())) == (status, {shape})
