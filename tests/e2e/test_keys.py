"""Keys of a real service: made, listed and revoked while it runs."""

import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import httpx

from service.access.journal import Journal
from service.access.store import Store
from tests.e2e.process import Service, dragoman, running

ASKED = {"texts": ["How are you today?"], "source": "en", "target": "de"}


def keys(database: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return dragoman("keys", *arguments, DRAGOMAN_DATABASE=str(database))


def create(database: Path, name: str, *options: str) -> str:
    made = keys(database, "create", name, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.decode().strip()


def status_of(client: httpx.Client, key: str | None) -> int:
    headers = {} if key is None else {"X-API-Key": key}
    return client.post("/v1/translate", json=ASKED, headers=headers).status_code


def cache_of(client: httpx.Client, key: str | None) -> str:
    """Whether the answer was remembered."""
    headers = {} if key is None else {"X-API-Key": key}
    return client.post("/v1/translate", json=ASKED, headers=headers).headers["X-Cache"]


def await_status(client: httpx.Client, key: str | None, status: int) -> None:
    ends_at = time.monotonic() + 60.0
    while status_of(client, key) != status:
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def messages(service: Service, level: str) -> list[str]:
    return [entry["message"] for entry in service.entries() if entry["level"] == level]


def test_a_key_holds_from_its_making_to_its_revocation(artifact: Path, tmp_path: Path) -> None:
    database = tmp_path / "keys.sqlite3"
    with running(artifact, DRAGOMAN_DATABASE=str(database)) as service, service.client() as client:
        service.await_ready()
        assert "open: no key is needed" in messages(service, "info")
        assert status_of(client, None) == 200
        assert cache_of(client, None) == "hit"
        key = create(database, "website", "--requests-per-minute", "1000")
        await_status(client, None, 401)
        # What others had translated, and how fast it comes, is none of its business.
        assert [cache_of(client, key) for _ in range(2)] == ["miss", "hit"]
        assert (status_of(client, key), status_of(client, key[:-1])) == (200, 403)
        listed = keys(database, "list").stdout.decode()
        assert "website" in listed
        assert "1000" in listed
        assert key not in listed
        assert keys(database, "revoke", "website").returncode == 0
        await_status(client, key, 403)
        assert status_of(client, None) == 401


def test_the_command_tells_faults_plainly(tmp_path: Path) -> None:
    create(tmp_path / "keys.sqlite3", "website")
    for arguments, told in (
        (("create", "website"), "already a key of the name 'website'"),
        (("create", "a\nb"), "1 to 64 printable characters"),
        (("revoke", "nobody"), "no key in use has the name or id 'nobody'"),
        (("list", "--database", str(tmp_path)), "cannot use the database"),
    ):
        ended = keys(tmp_path / "keys.sqlite3", *arguments)
        assert (ended.returncode, ended.stderr.count(b"\n")) == (2, 1), ended.stderr
        assert told in ended.stderr.decode()


def test_to_be_open_on_a_network_is_worth_a_warning(artifact: Path, tmp_path: Path) -> None:
    with running(artifact, DRAGOMAN_HOST="0.0.0.0", DRAGOMAN_DATABASE=str(tmp_path / "s")) as service:
        service.await_ready()
        assert any("open to everybody who reaches 0.0.0.0" in message for message in messages(service, "warning"))


def test_a_database_that_cannot_be_used_keeps_it_from_starting(artifact: Path, tmp_path: Path) -> None:
    ended = dragoman("serve", "--port", "0", "--artifact", str(artifact), DRAGOMAN_DATABASE=str(tmp_path))
    assert ended.returncode == 2
    assert "cannot use the database" in ended.stderr.decode()


def test_keys_are_listed_while_another_writes(tmp_path: Path) -> None:
    database = tmp_path / "keys.sqlite3"
    create(database, "website")
    dead = Journal(database)
    with Store(database) as store:
        store.set_journals({dead.name: 0})
    dead.leave()
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        listed = keys(database, "list")
    assert (listed.returncode, b"website" in listed.stdout) == (0, True)
    assert b"is not counted" in listed.stderr
