"""Forms in several parts, of bytes that must be UTF-8: Starlette's own reader takes what is not for Latin-1."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.api.json_body import shown
from service.errors import InvalidField

MEDIA_TYPE = "multipart/form-data"
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
_LOSSLESS = "latin-1"  # a character for each byte, so that the bytes can be had again


class _WholeFormParser(MultiPartParser):
    """Demands the closing boundary, without which the last part would be missed by nobody."""

    has_ended = False

    def on_end(self) -> None:
        self.has_ended = True

    async def parse(self) -> FormData:
        """The form; its files are closed where this raises."""
        async with aclosing(self._to_the_end(self.stream)) as self.stream:
            return await super().parse()

    async def _to_the_end(self, stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """`stream`, which fails while it is read, as `parse` closes the files of what fails so."""
        async for chunk in stream:
            yield chunk
        if not self.has_ended:
            raise InvalidField("the form is cut off: its closing boundary is missing", field="body")


async def read_multipart(
    request: Request,
    body: AsyncGenerator[bytes, None],
    *,
    max_files: int,
    max_fields: int,
    max_part_bytes: int,
) -> FormData:
    """The form that the `body` of `request` is, to be closed if it has files.

    A field without a file has at most `max_part_bytes`.

    Raises:
        InvalidField: no such form, or not to its end, or not in UTF-8.
        ClientDisconnect
    """
    headers = Headers({"Content-Type": f"{MEDIA_TYPE}; charset={_LOSSLESS}; boundary={_boundary(request)}"})
    try:
        async with aclosing(body):
            reader = _WholeFormParser(
                headers, body, max_files=max_files, max_fields=max_fields, max_part_size=max_part_bytes
            )
            form = await reader.parse()
    except MultiPartException:
        raise InvalidField("the form cannot be read", field="body") from None
    try:
        return FormData([_decoded(name, value) for name, value in form.multi_items()])
    except InvalidField:
        await form.close()
        raise


def _boundary(request: Request) -> str:
    """What stands between the parts, quoted; the header may say that the form is in UTF-8, but nothing else."""
    _, parameters = parse_options_header(request.headers.get("content-type"))
    charset = parameters.get(b"charset", b"utf-8").decode("latin-1").lower()
    if charset not in CHARSETS:
        raise InvalidField(f"the form must be in UTF-8, not in {shown(charset)}", field="body")
    boundary = parameters.get(b"boundary", b"").decode("latin-1")
    if not boundary:
        raise InvalidField("the form cannot be read", field="body")
    return '"{}"'.format(boundary.replace("\\", r"\\").replace('"', r"\""))


def _decoded(name: str, value: str | UploadFile) -> tuple[str, str | UploadFile]:
    name = strict_utf8(_bytes(name), "the name of a field", "body")
    return name, strict_utf8(_bytes(value), shown(name), shown(name)) if isinstance(value, str) else value


def _bytes(lossless: str) -> bytes:
    return lossless.encode(_LOSSLESS)


def strict_utf8(content: bytes, what: str, field: str) -> str:
    """The text of `content`; raises InvalidField for the `field` that it is, called `what`, if it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidField(f"{what} is not UTF-8 at byte {error.start}", field=field) from None
