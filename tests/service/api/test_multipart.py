"""Forms in several parts: every route that takes them reads UTF-8, and refuses what is not by its field."""

from tempfile import SpooledTemporaryFile

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette import formparsers
from starlette.datastructures import UploadFile

from service.core import Core
from tests.service.api.doubles import fake
from tests.service.api.test_jobs import ended

BOUNDARY = "x-y"
CLOSING = b"--x-y--\r\n"
ENGLISH_TO_GERMAN = {"/translate": {"source": "en", "target": "de"}, "/v2/translate": {"target_lang": "DE"}}
# A text that each route reads, and where.
TEXTS = [("/translate", "q"), ("/detect", "q"), ("/v2/translate", "text")]
# What a form that would be answered may end with when the rest is lost.
CUT_OFF = [
    b"",
    b"--x-y",
    b"--x-y-",
    b"--x-y\r\n",
    b'--x-y\r\nContent-Disposition: form-data; name="ke',
    b'--x-y\r\nContent-Disposition: form-data; name="keep"\r\n\r\nrains',
]


def send(
    client: TestClient,
    path: str,
    fields: list[tuple[bytes, bytes]],
    file: bytes = b"",
    parameters: str = "",
    ending: bytes = CLOSING,
) -> Response:
    """A form of `fields` and, if there is one, of `file`, as bytes that no client would encode; then `ending`."""
    parts = [b'"%s"\r\n\r\n%s' % field for field in fields]
    if file:
        parts.append(b'"file"; filename="\xff.txt"\r\n\r\n' + file)
    start = b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: form-data; name="
    body = b"".join(start + part + b"\r\n" for part in parts) + ending
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


def send_whole(client: TestClient, path: str, ending: bytes) -> Response:
    """All that `path` needs, before `ending`."""
    if path == "/v1/jobs":
        return send(client, path, [(b"target", b"de"), (b"source", b"en")], file=b"It rains.", ending=ending)
    return send(client, path, fields_with(path, dict(TEXTS)[path], b"It rains."), ending=ending)


@pytest.mark.parametrize("path", ["/v1/jobs", "/translate", "/v2/translate"])
@pytest.mark.parametrize("ending", CUT_OFF)
def test_a_form_that_was_cut_off_is_refused(client: TestClient, core: Core, path: str, ending: bytes) -> None:
    answered = send_whole(client, path, ending)
    assert answered.status_code == 400, answered.text
    assert "the form is cut off: its closing boundary is missing" in answered.text
    if path == "/v1/jobs":
        error = answered.json()["error"]
        assert (error["code"], error["field"]) == ("invalid_field", "body")
    assert fake(core).commands == []


@pytest.mark.parametrize(("path", "status"), [("/v1/jobs", 202), ("/translate", 200), ("/v2/translate", 200)])
@pytest.mark.parametrize("ending", [b"--x-y--", b"--x-y--\r\n", b"--x-y--\r\nwords after it", b"--x-y--\r\n--x-y\r\n"])
def test_what_comes_after_the_closing_boundary_does_not_matter(
    client: TestClient, path: str, status: int, ending: bytes
) -> None:
    answered = send_whole(client, path, ending)
    assert answered.status_code == status, answered.text
    if path == "/v1/jobs":
        ended(client, answered.json()["id"])


@pytest.mark.parametrize("ending", [b"--x-y--", CLOSING])
def test_an_empty_form_is_a_form(client: TestClient, ending: bytes) -> None:
    assert send(client, "/translate?q=rain&source=en&target=de", [], ending=ending).status_code == 200
    answered = send(client, "/v1/jobs", [], ending=ending)
    assert (answered.status_code, answered.json()["error"]["message"]) == (400, "file is missing")


@pytest.mark.parametrize("ending", CUT_OFF)
def test_the_file_of_a_form_that_was_cut_off_is_closed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, ending: bytes
) -> None:
    opened: list[SpooledTemporaryFile[bytes]] = []

    class Watched(SpooledTemporaryFile[bytes]):
        def __init__(self, max_size: int) -> None:
            super().__init__(max_size)
            opened.append(self)

    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", Watched)
    assert send_whole(client, "/v1/jobs", ending).status_code == 400
    assert [file.closed for file in opened] == [True]


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
