"""No sentence and no key of a client comes into logs, metrics or the database, whatever happens to its request."""

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from service.access.keys import make_secret
from tests.e2e.process import Service, running
from tests.e2e.test_keys import create

MARK = "Rumpelstilzchen"
TEXT = f"My name is {MARK}."
WRONG_KEY = make_secret()[1]

Request = tuple[str, str, dict[str, Any]]


def requests_with(key: str) -> Iterator[Request]:
    """Requests that succeed and requests that fail in many ways, each full of marks."""
    native = {"texts": [TEXT], "source": "en", "target": "de"}
    libretranslate = {"q": TEXT, "source": "en", "target": "de", "api_key": key}
    deepl = {"text": [TEXT], "target_lang": "DE", "source_lang": "EN"}
    bearer, deepl_key = {"Authorization": f"Bearer {key}"}, {"Authorization": f"DeepL-Auth-Key {key}"}
    yield "POST", "/v1/translate", {"json": native, "headers": bearer}
    yield "POST", "/v1/translate", {"json": native, "headers": {"X-API-Key": key}}
    yield "POST", "/v1/detect", {"json": {"texts": [TEXT]}, "headers": bearer}
    yield "GET", "/v1/usage", {"headers": bearer}
    yield "POST", "/translate", {"json": libretranslate}
    yield "POST", "/translate", {"data": libretranslate}
    yield "POST", "/translate", {"params": libretranslate}
    yield "POST", "/detect", {"data": {"q": TEXT, "api_key": key}}
    yield "POST", "/v2/translate", {"json": deepl, "headers": deepl_key}
    yield "POST", "/v2/translate", {"data": {**deepl, "auth_key": key}}
    yield "GET", "/v2/translate", {"params": {**deepl, "auth_key": key}}
    yield "GET", "/v2/usage", {"params": {"auth_key": key}}
    form = {"source": "en", "target": "de", "keep": MARK}
    file = {"file": (f"{MARK}.txt", TEXT)}
    yield "POST", "/v1/jobs", {"files": file, "data": form, "headers": bearer}
    yield "POST", "/v1/jobs", {"files": {"file": (f"{MARK}.xml", f"<{MARK}>{TEXT}")}, "data": form, "headers": bearer}
    yield "POST", "/v1/jobs", {"files": {"file": (f"a.{MARK}", TEXT, MARK)}, "data": form, "headers": bearer}
    yield "POST", "/v1/jobs", {"files": {MARK: (MARK, TEXT)}, "data": form, "headers": bearer}
    yield "POST", "/v1/jobs", {"files": {**file, MARK: (None, key)}, "data": form, "headers": bearer}
    for name in (*form, "format", "split", "beam_size"):
        yield "POST", "/v1/jobs", {"files": file, "data": {**form, name: TEXT}, "headers": bearer}
    for path in (f"/v1/jobs/{MARK}", f"/v1/jobs/{MARK}/result"):
        yield "GET", path, {"headers": bearer}
    yield "DELETE", f"/v1/jobs/{MARK}", {"headers": bearer}
    yield "POST", f"/v1/models/{MARK}/reload", {"headers": bearer}
    for name in native:
        yield "POST", "/v1/translate", {"json": {**native, name: TEXT}, "headers": bearer}
        yield "POST", "/v1/translate", {"json": {**native, name: [[TEXT]]}, "headers": bearer}
    for name in libretranslate:
        yield "POST", "/translate", {"json": {**libretranslate, name: [TEXT]}}
        yield "POST", "/translate", {"json": {**libretranslate, name: TEXT}}
    for name in deepl:
        yield "POST", "/v2/translate", {"json": {**deepl, name: TEXT}, "headers": deepl_key}
    for path in ("/v1/translate", "/translate", "/v2/translate"):
        yield "POST", path, {"content": TEXT, "headers": {**bearer, "Content-Type": "application/json"}}
        yield "POST", path, {"content": TEXT, "headers": {**bearer, "Content-Type": TEXT}}
        yield "POST", path, {"content": f'{{"{TEXT}": {TEXT}', "headers": {"Content-Type": "application/json"}}
        yield "POST", path, {"json": {TEXT: TEXT, MARK: key}, "headers": bearer}
        yield "POST", path, {"json": native, "headers": {**bearer, "X-Deadline-Ms": TEXT, "X-Priority": MARK}}
        yield "POST", path, {"json": {**native, **libretranslate, **deepl}, "headers": {"X-Deadline-Ms": MARK}}
        yield MARK.upper(), f"{path}/{MARK}?{MARK}={key}", {}
        yield "DELETE", path, {"headers": bearer, "params": {"q": TEXT}}
    yield "POST", "/translate", {"json": {**libretranslate, "q": TEXT * 2000}}
    yield "POST", "/v1/translate", {"json": {**native, "texts": [TEXT] * 600}, "headers": bearer}
    yield "GET", f"/{MARK}", {"params": {"key": key}, "headers": {"traceparent": MARK, "User-Agent": MARK}}
    yield "GET", f"/v1/models/{MARK}", {"headers": {"Referer": MARK, "Cookie": f"{MARK}={key}"}}
    yield "GET", "/metrics", {"headers": {"Authorization": f"Bearer {MARK}"}}


def hang_up(service: Service, key: str) -> None:
    """Send a request and leave; then half of one."""
    head = (
        f"POST /translate HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {len(TEXT) + 2}\r\n"
    )
    for sent in (
        f'{head}\r\n"{TEXT}"',
        f"{head}X-API-Key: {key}\r\n\r\n{TEXT}",
        f"GET /{MARK} HTTP/9\r\n{key}\r\n\r\n",
    ):
        address = httpx.URL(service.url)
        with socket.create_connection((address.host, address.port or 0)) as connection:
            connection.sendall(sent.encode())


def test_what_clients_send_stays_between_them_and_the_answer(artifact: Path, tmp_path: Path) -> None:
    database = tmp_path / "keys.sqlite3"
    key = create(database, "tenant")
    secret = key[-20:]
    settings = {
        "DRAGOMAN_DATABASE": str(database),
        "DRAGOMAN_JOBS_DIRECTORY": str(tmp_path),
        "DRAGOMAN_MAX_JOBS_PER_CLIENT": "100",
        "DRAGOMAN_ADMIN_TOKEN": "the token of those who run it",
    }
    with running(artifact, **settings) as service, service.client() as client:
        service.await_ready()
        sent = list(itertools.chain(requests_with(key), requests_with(WRONG_KEY)))
        statuses = [client.request(method, path, **parts).status_code for method, path, parts in sent]
        hang_up(service, key)
        metrics = client.get("/metrics").text
        service.signal()
        assert service.await_exit() == 0
        entries = service.entries()
        logged = "\n".join(map(str, entries))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("latin-1")
    assert {200, 400, 403, 404, 405} <= set(statuses)
    assert max(statuses) < 500, [
        (request, status) for request, status in zip(sent, statuses, strict=True) if status >= 500
    ]
    assert sum(entry["message"] == "request" for entry in entries) > len(sent) // 2
    for found in (logged, metrics, kept):
        for mark in (MARK, MARK.lower(), MARK.upper(), secret, WRONG_KEY[-20:]):
            assert mark not in found
