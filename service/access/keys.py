"""API keys: how they are made, what is kept of them, and how a given one is found again.

A key is `dragoman_<id>_<secret>`. The secret has 256 random bits, so nobody guesses it from its digest: a plain SHA-256
is enough, where a password, which people choose, would need a salt and a slow function. The id is public: it finds the
row, and the digests are then compared in constant time.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from service.engine.segment import Priority
from service.errors import KeyInvalid

_FORM = re.compile(r"dragoman_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NOBODY = bytes(32)


@dataclass(frozen=True)
class Limits:
    """How much one client may ask for; None: as much as it likes."""

    requests_per_minute: int | None = None
    characters_per_minute: int | None = None
    characters_per_month: int | None = None

    def or_else(self, other: "Limits") -> "Limits":
        """These limits, and those of `other` where there are none."""
        return Limits(
            _first(self.requests_per_minute, other.requests_per_minute),
            _first(self.characters_per_minute, other.characters_per_minute),
            _first(self.characters_per_month, other.characters_per_month),
        )


NO_LIMITS = Limits()


def _first(value: int | None, other: int | None) -> int | None:
    return other if value is None else value


@dataclass(frozen=True)
class Key:
    """What is known of a key: all but its secret. Times are seconds since 1970."""

    id: str
    name: str
    digest: bytes
    created: float
    expires: float | None = None
    revoked: float | None = None
    limits: Limits = NO_LIMITS
    priority: Priority = Priority.INTERACTIVE


def make_secret() -> tuple[str, str]:
    """A new id and the whole key that has it."""
    key_id = secrets.token_hex(6)
    return key_id, f"dragoman_{key_id}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> bytes:
    """What is stored of a key."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class KeyRing:
    """All keys at one moment; never changed, but replaced whole."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys = {key.id: key for key in keys}

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, secret: str, now: float) -> Key:
        """The key whose secret this is; raises KeyInvalid for one that is unknown, revoked or expired at `now`."""
        form = _FORM.fullmatch(secret)
        key = self._keys.get(form[1]) if form else None
        is_same = hmac.compare_digest(digest(secret), _NOBODY if key is None else key.digest)
        if key is None or not is_same:
            raise KeyInvalid("the key is not known")
        if key.revoked is not None:
            raise KeyInvalid(f"the key was revoked on {day(key.revoked)}")
        if key.expires is not None and key.expires <= now:
            raise KeyInvalid(f"the key expired on {day(key.expires)}")
        return key


def day(seconds: float) -> str:
    """The day of a time, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
