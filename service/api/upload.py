"""Reads a form with a file, while it is counted; nothing of the file's name is kept but how it ends."""

import asyncio
from dataclasses import dataclass
from pathlib import PurePosixPath

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from service.api.json_body import shown
from service.api.multipart import CHARSETS, MEDIA_TYPE, read_multipart
from service.api.perform import core_of
from service.errors import BodyTimeout, BodyTooLarge, ClientGone, InvalidField, UnsupportedMediaType

FORM_BYTES = 64 * 1024  # what a form may have beside its file
_MAX_FIELDS = 512
_MAX_FILES = 8
_FILE = "file"


@dataclass(frozen=True)
class Upload:
    """A file: its text, its media type, how its name ends ("" if it does not say), and the form's other fields."""

    text: str
    media_type: str
    suffix: str
    fields: dict[str, list[str]]


async def read_upload(request: Request) -> Upload:
    """The form of `request`, whose field `file` must be one file; all in UTF-8.

    Raises:
        UnsupportedMediaType, InvalidField, BodyTimeout, BodyTooLarge, ClientGone
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise UnsupportedMediaType(f"the body must be a form with a file: {MEDIA_TYPE}", field="Content-Type")
    settings = core_of(request).settings
    try:
        async with asyncio.timeout(settings.max_body_wait_s):
            form = await read_multipart(
                request, request.stream(), max_files=_MAX_FILES, max_fields=_MAX_FIELDS, max_part_bytes=FORM_BYTES
            )
    except TimeoutError:
        limit_s = settings.max_body_wait_s
        raise BodyTimeout(f"the body did not come within {limit_s:g} s", field="body", limit=limit_s) from None
    except ClientDisconnect:
        raise ClientGone("the client hung up while it sent") from None
    try:
        return await _upload(form, settings.max_document_bytes)
    finally:
        await form.close()


async def _upload(form: FormData, max_bytes: int) -> Upload:
    fields: dict[str, list[str]] = {}
    files: list[UploadFile] = []
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
        elif name != _FILE:
            raise InvalidField(f"{shown(name)} must not be a file", field=shown(name))
        else:
            files.append(value)
    if _FILE in fields:
        raise InvalidField("file must be sent as a file, with a name", field=_FILE)
    if len(files) != 1:
        what = "is missing" if not files else f"is there {len(files)} times; the limit is 1"
        raise InvalidField(f"file {what}", field=_FILE)
    [file] = files
    content = await file.read(max_bytes + 1)
    if len(content) > max_bytes:
        size = file.size or len(content)
        raise BodyTooLarge(f"file has {size} bytes; the limit is {max_bytes}", field=_FILE, value=size, limit=max_bytes)
    media_type, parameters = parse_options_header(file.content_type)
    charset = parameters.get(b"charset", b"utf-8").decode("latin-1").lower()
    if charset not in CHARSETS:
        raise InvalidField(f"file says that it is not in UTF-8, but in {shown(charset)}", field=_FILE)
    return Upload(
        _text(content), media_type.decode("latin-1"), PurePosixPath(file.filename or "").suffix.lower(), fields
    )


def _text(content: bytes) -> str:
    if not content:
        raise InvalidField("file is empty", field=_FILE)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidField(f"file is not UTF-8 at byte {error.start}", field=_FILE) from None
