"""Artifacts are replaced under load: nobody is lost, nobody gets a mixture, and what is damaged changes nothing."""

import asyncio
import gc
import shutil
import weakref
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from service.backend import EngineBackend, ReloadRefused, load_backend
from service.cli import garbage
from service.settings import Settings
from service.translation import Translate
from tests.service.tiny_artifact import write_sums, write_tiny_artifact

TEXTS = [f"How are {number} foxes today?" for number in range(8)]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of one artifact."""
    folder = tmp_path_factory.mktemp("versions")
    return write_tiny_artifact(folder / "1", seed=1), write_tiny_artifact(folder / "2", seed=2)


@pytest.fixture
def current(versions: tuple[Path, Path], tmp_path: Path) -> Path:
    """A link to the first version."""
    link = tmp_path / "current"
    link.symlink_to(versions[0])
    return link


def switch(current: Path, target: Path) -> None:
    fresh = current.with_name("fresh")
    fresh.symlink_to(target)
    fresh.replace(current)


def run(current: Path, work: Callable[[EngineBackend], Awaitable[None]], *check: str) -> None:
    settings = {"artifacts": (current,), "max_cache_bytes": 0, "precision": "fp32", "strict": True}
    backend = load_backend(Settings.model_validate(settings | {"reload_check": check}))

    async def whole() -> None:
        await backend.warm_up()
        try:
            await work(backend)
        finally:
            await backend.stop(5.0)

    asyncio.run(whole())


async def translated(backend: EngineBackend, text: str) -> str | None:
    command = Translate(texts=(text,), source="en", target="de")
    outcome = await backend.core.translator.translate(command)
    return outcome.translations[0].text


@pytest.fixture(scope="module")
def answers(versions: tuple[Path, Path]) -> tuple[list[str | None], list[str | None]]:
    """What each version makes of TEXTS."""
    return answers_of(versions[0]), answers_of(versions[1])


def answers_of(version: Path) -> list[str | None]:
    found: list[str | None] = []

    async def ask(backend: EngineBackend) -> None:
        found.extend([await translated(backend, text) for text in TEXTS])

    run(version, ask)
    return found


@pytest.mark.slow
def test_under_load_every_request_gets_one_version_and_later_ones_the_new(
    versions: tuple[Path, Path], current: Path, answers: tuple[list[str | None], list[str | None]]
) -> None:
    old, new = answers
    assert old != new

    async def work(backend: EngineBackend) -> None:
        before = asyncio.gather(*(translated(backend, text) for text in TEXTS))
        await asyncio.sleep(0)
        switch(current, versions[1])
        reloading = asyncio.create_task(backend.reload())
        during = []
        while not reloading.done():
            during.append(await asyncio.gather(*(translated(backend, text) for text in TEXTS)))
        assert await reloading
        assert await before == old
        assert all(got in (o, n) for some in during for got, o, n in zip(some, old, new, strict=True))
        assert await asyncio.gather(*(translated(backend, text) for text in TEXTS)) == new

    run(current, work)


@pytest.mark.slow
def test_who_is_inside_finishes_on_the_version_it_began_with(
    versions: tuple[Path, Path], current: Path, answers: tuple[list[str | None], list[str | None]]
) -> None:
    old, _ = answers

    async def work(backend: EngineBackend) -> None:
        switch(current, versions[1])
        candidate = await backend._candidate(backend._loader.serving)
        assert candidate is not None
        inside = [asyncio.ensure_future(translated(backend, text)) for text in TEXTS]
        await asyncio.sleep(0)
        retiring = backend._loader.serving
        backend._switch(candidate)
        await retiring.retire()
        assert [await each for each in inside] == old

    run(current, work)


@pytest.mark.slow
def test_the_replaced_version_is_freed(versions: tuple[Path, Path], current: Path) -> None:
    async def work(backend: EngineBackend) -> None:
        engine = weakref.ref(backend._loader.serving.engine)
        switch(current, versions[1])
        assert await backend.reload()
        while backend._retiring:
            await asyncio.sleep(0.01)
        gc.collect()
        assert engine() is None

    run(current, work)


@pytest.mark.slow
def test_a_version_that_collections_passed_over_is_freed_once_replaced(
    versions: tuple[Path, Path], current: Path
) -> None:
    async def work(backend: EngineBackend) -> None:
        with garbage.put_off():
            garbage.pass_over()
            looked = asyncio.Event()

            def look_again() -> None:
                garbage.look_again()
                looked.set()

            backend.on_retired = look_again
            engine = weakref.ref(backend._loader.serving.engine)
            switch(current, versions[1])
            assert await backend.reload()
            await looked.wait()
            assert engine() is None
            assert gc.get_freeze_count() > 0

    run(current, work)


def test_whoever_is_told_that_it_is_ready_is_told_before_the_first_request(current: Path) -> None:
    backend = load_backend(Settings.model_validate({"artifacts": (current,)}))
    was_open: list[bool] = []
    backend.on_ready = lambda: was_open.append(backend.core.health.has_started)

    async def start() -> None:
        await backend.warm_up()
        await backend.stop(5.0)

    asyncio.run(start())
    assert was_open == [False]


def test_the_catalogue_and_the_metrics_tell_which_version_serves(versions: tuple[Path, Path], current: Path) -> None:
    async def work(backend: EngineBackend) -> None:
        [old] = backend.core.catalogue.models
        switch(current, versions[1])
        await backend.reload()
        [new] = backend.core.catalogue.models
        samples = [s for m in backend.core.metrics.registry.collect() for s in m.samples if "artifact_info" in s.name]
        assert new.hash != old.hash
        assert [sample.labels["hash"] for sample in samples] == [new.hash]
        assert backend.core.health.ready().is_ok

    run(current, work)


def damage_hash(folder: Path) -> None:
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")


def damage_samples(folder: Path) -> None:
    other = (folder / "samples.jsonl").read_text().replace('"target_ids": [', '"target_ids": [5, 5, ')
    (folder / "samples.jsonl").write_text(other)
    write_sums(folder)


@pytest.mark.parametrize(
    ("damage", "names"), [(damage_hash, "config.json"), (damage_samples, "sample"), (shutil.rmtree, "wrong")]
)
def test_a_damaged_artifact_is_refused_by_name_and_changes_nothing(
    versions: tuple[Path, Path], current: Path, tmp_path: Path, damage: Callable[[Path], None], names: str
) -> None:
    wrong = tmp_path / "wrong"
    shutil.copytree(versions[1], wrong)
    damage(wrong)

    async def work(backend: EngineBackend) -> None:
        before = await translated(backend, TEXTS[0])
        switch(current, wrong)
        with pytest.raises(ReloadRefused, match=names):
            await backend.reload()
        assert await translated(backend, TEXTS[0]) == before
        assert backend.core.health.ready().is_ok

    run(current, work)


def test_a_candidate_that_serves_less_is_refused(versions: tuple[Path, Path], current: Path, tmp_path: Path) -> None:
    less = write_tiny_artifact(tmp_path / "less", pairs=[("en", "de")])

    async def work(backend: EngineBackend) -> None:
        switch(current, less)
        with pytest.raises(ReloadRefused, match="'de' to 'en'"):
            await backend.reload()

    run(current, work)


def test_the_same_version_is_not_loaded_twice(current: Path) -> None:
    async def work(backend: EngineBackend) -> None:
        serving = backend._loader.serving
        assert not await backend.reload()
        assert backend._loader.serving is serving

    run(current, work)


def accepts_only(link: Path) -> tuple[str, ...]:
    """A check that wants the directory that `link` leads to, in the place of another one."""
    return ("sh", "-c", 'test "$1" != "$2" && test "$1" = "$(readlink "$0")"', str(link), "{candidate}", "{serving}")


@pytest.mark.slow
def test_a_candidate_that_the_check_accepts_serves(versions: tuple[Path, Path], current: Path) -> None:
    async def work(backend: EngineBackend) -> None:
        before = await translated(backend, TEXTS[0])
        switch(current, versions[1])
        assert await backend.reload()
        assert await translated(backend, TEXTS[0]) != before

    run(current, work, *accepts_only(current))


def test_the_metrics_count_how_reloads_end(versions: tuple[Path, Path], current: Path) -> None:
    async def work(backend: EngineBackend) -> None:
        assert counted(backend) == {"switched": 0, "unchanged": 0, "refused": 0}
        assert not await backend.reload()
        switch(current, versions[1])
        with pytest.raises(ReloadRefused):
            await backend.reload()
        assert counted(backend) == {"switched": 0, "unchanged": 1, "refused": 1}

    run(current, work, "false", "{candidate}")


def counted(backend: EngineBackend) -> dict[str, float]:
    samples = [each for metric in backend.core.metrics.registry.collect() for each in metric.samples]
    return {each.labels["outcome"]: each.value for each in samples if each.name == "dragoman_reloads_total"}


def test_a_candidate_that_the_check_refuses_changes_nothing(versions: tuple[Path, Path], current: Path) -> None:
    async def work(backend: EngineBackend) -> None:
        serving, before = backend._loader.serving, await translated(backend, TEXTS[0])
        switch(current, versions[1])
        with pytest.raises(ReloadRefused, match="exit status 1 and said last: worse"):
            await backend.reload()
        assert backend._loader.serving is serving
        assert await translated(backend, TEXTS[0]) == before

    run(current, work, "sh", "-c", "echo worse; exit 1", "{candidate}")


def test_a_check_does_not_hold_up_a_service_that_stops(versions: tuple[Path, Path], current: Path) -> None:
    async def work(backend: EngineBackend) -> None:
        switch(current, versions[1])
        reloading = asyncio.create_task(backend.reload())
        await asyncio.sleep(0)
        await backend.stop(5.0)
        with pytest.raises(ReloadRefused, match="stopping"):
            await reloading

    run(current, work, "sleep", "600", "{candidate}")
