"""Tokens of those who run the service: they are settings, and no keys of clients."""

import secrets

from fastapi import Request
from pydantic import SecretStr

from service import errors


def bearer_of(request: Request) -> str | None:
    """The token in `Authorization`."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def is_it(token: str, expected: SecretStr) -> bool:
    """Whether `token` is the expected one, in a time that tells nothing."""
    return secrets.compare_digest(token.encode("latin-1"), expected.get_secret_value().encode())


def check_token(request: Request, expected: SecretStr, what: str) -> None:
    """Let only those pass who know the `expected` token of `what`.

    Raises:
        KeyMissing, KeyInvalid
    """
    token = bearer_of(request)
    if token is None:
        raise errors.KeyMissing(f"{what} need a bearer token", field="Authorization")
    if not is_it(token, expected):
        raise errors.KeyInvalid("the bearer token does not fit", field="Authorization")
