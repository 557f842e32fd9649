"""Keys, rates and quotas as each dialect tells them; what is refused never reaches the translator."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from service.access.control import AccessControl
from service.access.keys import Key, Limits, digest, make_secret
from service.access.store import Store
from service.core import Core
from service.engine.segment import Priority
from service.translation import TextError
from tests.service.api.doubles import fake, make_core, serving

UNKNOWN = make_secret()[1]


@dataclass(frozen=True)
class Dialect:
    """How a dialect asks for the translation of a text, with a key or without, and how it tells an error."""

    name: str
    path: str

    def ask(self, client: TestClient, key: str | None, *texts: str) -> Response:
        """POST with the key in the dialect's own place."""
        body, headers = self._body(list(texts or ("hello",))), {}
        if key is not None:
            match self.name:
                case "native":
                    headers["Authorization"] = f"Bearer {key}"
                case "libretranslate":
                    body["api_key"] = key
                case "deepl":
                    headers["Authorization"] = f"DeepL-Auth-Key {key}"
        return client.post(self.path, json=body, headers=headers)

    def told(self, response: Response) -> str:
        """The message, out of a body of exactly the dialect's form."""
        body = response.json()
        match self.name:
            case "native":
                assert set(body) == {"error"}
                return str(body["error"]["code"])
            case "libretranslate":
                assert set(body) == {"error"}
                return str(body["error"])
            case _:
                assert set(body) == {"message"}
                return str(body["message"])

    def _body(self, texts: list[str]) -> dict[str, Any]:
        match self.name:
            case "native":
                return {"texts": texts, "source": "en", "target": "de"}
            case "libretranslate":
                return {"q": texts, "source": "en", "target": "de"}
            case _:
                return {"text": texts, "source_lang": "EN", "target_lang": "DE"}


NATIVE = Dialect("native", "/v1/translate")
LIBRETRANSLATE = Dialect("libretranslate", "/translate")
DEEPL = Dialect("deepl", "/v2/translate")
DIALECTS = (NATIVE, LIBRETRANSLATE, DEEPL)


class Keys:
    """A store with keys, and a core that knows them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.secrets: dict[str, str] = {}

    def add(self, name: str, **changes: Any) -> str:
        """Make a key; its secret."""
        key_id, secret = make_secret()
        with Store(self.path) as store:
            store.add_key(replace(Key(key_id, name, digest(secret), 0.0), **changes))
        return secret

    def core(self) -> Core:
        """A core that starts with the keys of now."""
        return make_core(access=AccessControl(self.path))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.sqlite3")


@pytest.fixture
def core(keys: Keys) -> Core:
    keys.secrets = {
        "good": keys.add("good"),
        "revoked": keys.add("revoked", revoked=time.time()),
        "expired": keys.add("expired", expires=1.0),
        "unknown": UNKNOWN,
        "nonsense": "k",
    }
    return keys.core()


REFUSALS = [
    (NATIVE, "missing", 401, "key_missing"),
    *((NATIVE, which, 403, "key_invalid") for which in ("unknown", "revoked", "expired", "nonsense")),
    (LIBRETRANSLATE, "missing", 400, "Please contact the server operator to get an API key"),
    *((LIBRETRANSLATE, which, 403, "Invalid API key") for which in ("unknown", "revoked", "expired", "nonsense")),
    (DEEPL, "missing", 403, "a key is required"),
    *((DEEPL, which, 403, "the key is not known") for which in ("unknown", "nonsense")),
    (DEEPL, "expired", 403, "the key expired on 1970-01-01"),
]


@pytest.mark.parametrize(
    ("dialect", "which", "status", "told"), REFUSALS, ids=lambda value: getattr(value, "name", value)
)
def test_without_a_key_that_holds_nothing_is_done(
    core: Core, keys: Keys, dialect: Dialect, which: str, status: int, told: str
) -> None:
    with serving(core) as client:
        response = dialect.ask(client, keys.secrets.get(which))
    assert (response.status_code, dialect.told(response)) == (status, told)
    assert "retry-after" not in response.headers
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert fake(core).commands == []


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_one_key_opens_every_dialect(core: Core, keys: Keys, dialect: Dialect) -> None:
    with serving(core) as client:
        assert dialect.ask(client, keys.secrets["good"]).status_code == 200
    assert fake(core).commands[0].client.startswith("key:")


def test_every_place_for_a_key_is_read(core: Core, keys: Keys) -> None:
    key = keys.secrets["good"]
    libretranslate = {"q": "hello", "source": "en", "target": "de"}
    deepl = {"text": "hello", "target_lang": "DE"}
    native = {"texts": ["hello"], "source": "en", "target": "de"}
    with serving(core) as client:
        answers = [
            client.post("/v1/translate", json=native, headers={"X-API-Key": key}),
            client.post("/v1/detect", json={"texts": ["hello"]}, headers={"Authorization": f"bearer {key}"}),
            client.post("/translate", data={**libretranslate, "api_key": key}),
            client.post("/translate", params={**libretranslate, "api_key": key}),
            client.post("/detect", data={"q": "hello", "api_key": key}),
            client.post("/translate", json=libretranslate, headers={"Authorization": f"Bearer {key}"}),
            client.post("/v2/translate", data={**deepl, "auth_key": key}),
            client.get("/v2/translate", params={**deepl, "auth_key": key}),
            client.get("/v2/languages", headers={"Authorization": f"DeepL-Auth-Key {key}"}),
            client.get("/v2/usage", params={"auth_key": key}),
            client.get("/v1/usage", headers={"X-API-Key": key}),
        ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)


@pytest.mark.parametrize(
    "path", ["/livez", "/startupz", "/metrics", "/health", "/languages", "/v1/languages", "/v1/models", "/openapi.json"]
)
def test_what_is_served_and_how_it_does_is_no_secret(core: Core, path: str) -> None:
    with serving(core) as client:
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/detect"), ("POST", "/detect"), ("GET", "/v2/languages"), ("GET", "/v2/usage"), ("GET", "/v1/usage")],
)
def test_the_other_routes_want_a_key_too(core: Core, method: str, path: str) -> None:
    with serving(core) as client:
        assert client.request(method, path).status_code in (400, 401, 403)


def test_a_page_is_told_that_keys_are_required(core: Core) -> None:
    with serving(core) as client:
        told = client.get("/frontend/settings").json()
    assert (told["apiKeys"], told["keyRequired"]) == (True, True)


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        (NATIVE, "rate_limited"),
        (LIBRETRANSLATE, "Slowdown: 2 per 1 minute"),
        (DEEPL, "too many requests; the limit is 2 per minute"),
    ],
    ids=["native", "libretranslate", "deepl"],
)
def test_too_many_requests_are_told_to_slow_down(keys: Keys, dialect: Dialect, told: str) -> None:
    slow, free = keys.add("slow", limits=Limits(requests_per_minute=2)), keys.add("free")
    core = keys.core()
    with serving(core) as client:
        answers = [dialect.ask(client, slow) for _ in range(3)]
        assert dialect.ask(client, free).status_code == 200
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert dialect.told(answers[-1]) == told
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert len(fake(core).commands) == 3


def test_too_many_characters_are_told_to_slow_down(keys: Keys) -> None:
    key = keys.add("slow", limits=Limits(characters_per_minute=10))
    with serving(keys.core()) as client:
        answers = [LIBRETRANSLATE.ask(client, key, "12345678") for _ in range(2)]
        large = NATIVE.ask(client, key, "12345678901")
    assert LIBRETRANSLATE.told(answers[1]) == "Slowdown: 10 characters per 1 minute"
    assert (large.status_code, NATIVE.told(large)) == (400, "request_too_large")


@pytest.mark.parametrize(
    ("dialect", "status"),
    [(NATIVE, 429), (LIBRETRANSLATE, 403), (DEEPL, 456)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_quota_is_told_as_the_dialect_has_it(keys: Keys, dialect: Dialect, status: int) -> None:
    key = keys.add("small", limits=Limits(characters_per_month=10))
    core = keys.core()
    with serving(core) as client:
        answers = [dialect.ask(client, key, "12345") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, status]
    assert ("retry-after" in answers[-1].headers) == (status == 429)
    assert len(fake(core).commands) == 2


def test_usage_is_told_in_both_dialects(keys: Keys) -> None:
    key = keys.add("some", limits=Limits(characters_per_month=100))
    with serving(keys.core()) as client:
        DEEPL.ask(client, key, "1234", "56")
        NATIVE.ask(client, key, "789")
        deepl = client.get("/v2/usage", headers={"Authorization": f"DeepL-Auth-Key {key}"}).json()
        native = client.get("/v1/usage", headers={"X-API-Key": key}).json()
    assert (deepl["character_count"], deepl["character_limit"]) == (9, 100)
    assert (native["key"], native["requests"], native["characters"]) == ("some", 2, 9)
    assert native["limits"] == {"requests_per_minute": None, "characters_per_minute": None, "characters_per_month": 100}


def test_without_keys_usage_is_counted_for_all_together() -> None:
    with serving(make_core()) as client:
        NATIVE.ask(client, None, "123")
        LIBRETRANSLATE.ask(client, "ignored", "45")
        answer = client.get("/v2/usage").json()
    assert (answer["character_count"], answer["character_limit"]) == (5, 1_000_000_000_000)


def test_texts_that_failed_are_not_charged() -> None:
    core = make_core()
    fake(core).fails["bad"] = TextError("internal", "no")
    with serving(core) as client:
        assert NATIVE.ask(client, None, "good", "bad").status_code == 200
        assert DEEPL.ask(client, None, "good", "bad").status_code == 500
        assert client.get("/v1/usage").json()["characters"] == 4


def test_a_key_may_only_lower_the_priority(keys: Keys) -> None:
    bulk, people = keys.add("bulk", priority=Priority.BULK), keys.add("people")
    core = keys.core()
    with serving(core) as client:
        for key in (bulk, people):
            for wished in ("interactive", "bulk"):
                headers = {"X-API-Key": key, "X-Priority": wished}
                client.post("/v1/translate", json={"texts": ["a"], "source": "en", "target": "de"}, headers=headers)
    interactive, low = Priority.INTERACTIVE, Priority.BULK
    assert [command.priority for command in fake(core).commands] == [low, low, interactive, low]


def test_every_keyed_route_documents_its_refusals() -> None:
    with serving(make_core()) as client:
        paths = client.get("/openapi.json").json()["paths"]
    for path, needed in (
        ("/v1/translate", {"401", "403", "429"}),
        ("/translate", {"403", "429"}),
        ("/v2/translate", {"403", "429", "456"}),
    ):
        assert needed <= set(paths[path]["post"]["responses"]), path
