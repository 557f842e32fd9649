"""`dragoman keys`: make, list and revoke API keys, also while the service runs."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from service.cli.faults import UserFault, settings_of

if TYPE_CHECKING:
    from service.access.keys import Key
    from service.access.store import Amount, Store

Database = Annotated[
    Path | None,
    typer.Option(help="The file of keys and usage; else DRAGOMAN_DATABASE or the user's own.", show_default=False),
]
Limit = Annotated[int | None, typer.Option(min=1, help="If not given, the service's own limit holds.")]

app = typer.Typer(
    name="keys", help="Make, list and revoke API keys.", no_args_is_help=True, rich_markup_mode="markdown"
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is; shown in logs, never secret.")],
    requests_per_minute: Limit = None,
    characters_per_minute: Limit = None,
    characters_per_month: Limit = None,
    expires_in_days: Annotated[float | None, typer.Option(min=0.0, help="If not given, it never expires.")] = None,
    priority: Annotated[
        Literal["interactive", "bulk"], typer.Option(help="bulk: its requests never go before those of people.")
    ] = "interactive",
    database: Database = None,
) -> None:
    """Make a key and print it: the only time that it can be seen, since only its digest is kept.

    From the first key on, the service serves only clients that have one. A running service takes it within a second.

    **Examples**

    `dragoman keys create website`

    `dragoman keys create importer --priority bulk --characters-per-month 5000000 --expires-in-days 90`

    `KEY=$(dragoman keys create tests --requests-per-minute 60)`
    """
    from service.access.keys import Key, Limits, digest, make_secret
    from service.engine.segment import Priority

    if not name.strip() or not name.isprintable() or len(name) > 64:
        raise UserFault("NAME must have 1 to 64 printable characters")
    now = time.time()
    key_id, secret = make_secret()
    key = Key(
        id=key_id,
        name=name,
        digest=digest(secret),
        created=now,
        expires=None if expires_in_days is None else now + expires_in_days * 86_400,
        limits=Limits(requests_per_minute, characters_per_minute, characters_per_month),
        priority=Priority(priority),
    )
    with _store(database) as store:
        store.add_key(key)
    print(secret)


@app.command("list")
def list_keys(database: Database = None) -> None:
    """List the keys, their limits, and what they have used in this month.

    **Examples**

    `dragoman keys list`

    `dragoman keys list --database keys.sqlite3`
    """
    from rich.console import Console
    from rich.table import Table

    from service.access.journal import take_over
    from service.access.store import Amount

    columns = ("name", "id", "state", "created", "requests/min", "characters/min", "characters/month", "class", "used")
    table = Table(*columns)
    month = f"{datetime.now(UTC):%Y-%m}"
    with _store(database) as store:
        try:
            take_over(store)
        except (OSError, sqlite3.Error) as error:
            print(f"what stopped services have left is not counted: {error}", file=sys.stderr)
        used = store.usage(month)
        for key in store.all_keys():
            table.add_row(*_row(key, used.get((key.id, month), Amount())))
    # A table that is read by a program is not cut to the width of a terminal.
    Console(width=None if Console().is_terminal else 200).print(table)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Its name or its id.")],
    database: Database = None,
) -> None:
    """Refuse a key from now on; a running service does within a second. What it has used stays counted.

    **Examples**

    `dragoman keys revoke website`
    """
    with _store(database) as store:
        key = store.revoke(name, time.time())
    print(f"revoked {key.name} ({key.id})")


@contextmanager
def _store(database: Path | None) -> "Iterator[Store]":
    settings = settings_of(database=database)
    from service.access.opening import default_database
    from service.access.store import Store, StoreError

    try:
        with Store(settings.database or default_database()) as store:
            yield store
    except StoreError as error:
        raise UserFault(str(error)) from error


def _row(key: "Key", used: "Amount") -> tuple[str, ...]:
    from service.access.keys import day

    limits = (key.limits.requests_per_minute, key.limits.characters_per_minute, key.limits.characters_per_month)
    shown = ("-" if limit is None else str(limit) for limit in limits)
    return (key.name, key.id, _state(key), day(key.created), *shown, str(key.priority), str(used.characters))


def _state(key: "Key") -> str:
    from service.access.keys import day

    if key.revoked is not None:
        return f"revoked {day(key.revoked)}"
    if key.expires is None:
        return "in use"
    return f"{'expired' if key.expires <= time.time() else 'in use until'} {day(key.expires)}"
