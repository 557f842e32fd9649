"""Forms in several parts: every route that takes them reads UTF-8, and refuses what is not by its field."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.datastructures import UploadFile

from service.core import Core
from tests.service.api.doubles import fake, make_core, serving
from tests.service.api.test_jobs import ended

BOUNDARY = "x-y"
ENGLISH_TO_GERMAN = {"/translate": {"source": "en", "target": "de"}, "/v2/translate": {"target_lang": "DE"}}
# A text that each route reads, and where.
TEXTS = [("/translate", "q"), ("/detect", "q"), ("/v2/translate", "text")]


@pytest.fixture
def core() -> Core:
    return make_core()


@pytest.fixture
def client(core: Core) -> Iterator[TestClient]:
    with serving(core) as client:
        yield client


def send(
    client: TestClient, path: str, fields: list[tuple[bytes, bytes]], file: bytes = b"", parameters: str = ""
) -> Response:
    """A form of `fields` and, if there is one, of `file`, as bytes that no client would encode."""
    parts = [b'"%s"\r\n\r\n%s' % field for field in fields]
    if file:
        parts.append(b'"file"; filename="\xff.txt"\r\n\r\n' + file)
    start = b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: form-data; name="
    body = b"".join(start + part + b"\r\n" for part in parts) + b"--" + BOUNDARY.encode() + b"--\r\n"
    header = f"multipart/form-data; boundary={BOUNDARY}{parameters}"
    return client.post(path, content=body, headers={"Content-Type": header})


def encoded(fields: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in fields.items()]


def fields_with(path: str, field: str, text: bytes) -> list[tuple[bytes, bytes]]:
    return [(field.encode(), text), *encoded(ENGLISH_TO_GERMAN.get(path, {}))]


@pytest.mark.parametrize(("path", "field"), TEXTS)
@pytest.mark.parametrize("text", [b"gr\xfc\xdfe", b"\xff", b"a\xed\xa0\x80", b"\xc3"])
def test_a_text_that_is_not_utf8_is_refused(client: TestClient, core: Core, path: str, field: str, text: bytes) -> None:
    answered = send(client, path, fields_with(path, field, text))
    said = f"{field} is not UTF-8 at byte {2 if text[:2] == b'gr' else text[:1].count(b'a')}"
    assert (answered.status_code, list(answered.json().values())) == (400, [said])
    assert fake(core).commands == []


@pytest.mark.parametrize("field", ["keep", "target", "source", "split", "format", "beam_size"])
def test_a_field_of_a_document_that_is_not_utf8_is_refused(client: TestClient, core: Core, field: str) -> None:
    answered = send(client, "/v1/jobs", [(b"target", b"de"), (field.encode(), b"K\xf6ln")], file=b"It rains.")
    error = answered.json()["error"]
    assert (answered.status_code, error["code"], error["field"]) == (400, "invalid_field", field)
    assert error["message"] == f"{field} is not UTF-8 at byte 1"
    assert fake(core).commands == []


def test_a_field_whose_name_is_not_utf8_is_refused(client: TestClient) -> None:
    answered = send(client, "/v1/jobs", [(b"target", b"de"), (b"\xff", b"x")], file=b"It rains.")
    assert (answered.status_code, answered.json()["error"]["field"]) == (400, "body")
    answered = send(client, "/translate", [(b"\xff", b"x"), *fields_with("/translate", "q", b"a")])
    assert (answered.status_code, answered.json()) == (400, {"error": "the name of a field is not UTF-8 at byte 0"})


@pytest.mark.parametrize(("path", "field"), [pair for pair in TEXTS if pair[0] != "/detect"])
@pytest.mark.parametrize("parameters", ["", "; charset=utf-8", '; charset="UTF-8"'])
def test_every_character_of_utf8_is_read_as_it_is(
    client: TestClient, core: Core, path: str, field: str, parameters: str
) -> None:
    text = "grüße \x00\x7f\xa0\u0416\u732b\U0001f600\ufffd"
    answered = send(client, path, fields_with(path, field, text.encode()), parameters=parameters)
    assert answered.status_code == 200, answered.text
    assert fake(core).commands[0].texts == (text,)


def test_what_a_document_shall_keep_is_read_as_it_is(client: TestClient, core: Core) -> None:
    kept = [(b"target", b"de"), (b"source", b"en"), (b"keep", "Köln".encode()), (b"keep", "猫".encode())]
    answered = send(client, "/v1/jobs", kept, file="Grüße".encode())
    assert answered.status_code == 202
    ended(client, answered.json()["id"])
    assert (fake(core).commands[0].texts, fake(core).commands[0].keep) == (("Grüße",), ("Köln", "猫"))


def test_the_file_of_a_refused_form_is_closed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[UploadFile] = []
    close = UploadFile.close

    async def watched(file: UploadFile) -> None:
        await close(file)
        closed.append(file)

    monkeypatch.setattr(UploadFile, "close", watched)
    assert send(client, "/v1/jobs", [(b"keep", b"\xff")], file=b"It rains.").status_code == 400
    assert [file.file.closed for file in closed] == [True]


@pytest.mark.parametrize("path", ["/translate", "/detect", "/v2/translate", "/v1/jobs"])
@pytest.mark.parametrize("parameters", ["; charset=latin-1", "; charset=utf-16", "; charset=", "; charset=x"])
def test_a_form_that_says_that_it_is_not_utf8_is_refused(client: TestClient, path: str, parameters: str) -> None:
    answered = send(client, path, fields_with(path, "q", b"a"), file=b"a", parameters=parameters)
    assert answered.status_code == 400
    assert "the form must be in UTF-8" in answered.text


@pytest.mark.parametrize("path", ["/translate", "/detect", "/v2/translate", "/v1/jobs"])
@pytest.mark.parametrize("header", ["", "; boundary=", "; boundary=another", '; boundary="x-y'])
def test_a_form_without_its_boundary_cannot_be_read(client: TestClient, path: str, header: str) -> None:
    answered = client.post(path, content=b"--x-y--\r\n", headers={"Content-Type": f"multipart/form-data{header}"})
    assert answered.status_code == 400
