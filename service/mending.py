"""What is done about passages that came out wrong: another way to ask, and the best of what there is."""

import logging
from collections.abc import Sequence

from service.attempts import Answer, Attempts, Task
from service.candidates import Decoded, source_kept
from service.engine.errors import EngineError
from service.text.faults import Fault

log = logging.getLogger(__name__)


class Mending:
    """Mends the passages of one command, by further attempts."""

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts

    async def repaired(self, tasks: Sequence[Task], attempted: Sequence[Decoded | EngineError | None]) -> list[Answer]:
        """What is answered for each task after a first attempt at it."""
        lost = [task for task, decoded in zip(tasks, attempted, strict=True) if decoded is None]
        found = iter(await self._restored(lost))
        return await self._mended(tasks, [next(found) if each is None else each for each in attempted])

    async def _restored(self, lost: Sequence[Task]) -> list[Answer]:
        """For each task that lost a placeholder: its text with other masks or, where one is lost again, in parts."""
        if not lost:
            return []
        restored: dict[int, Decoded] = {}
        try:
            restored = await self._kept(
                {i: Task(task.job, task.job.draft.masked_anew(task.passage)) for i, task in enumerate(lost)}
            )
            rest = [i for i in range(len(lost)) if i not in restored]
            around = dict(zip(rest, await self._around([lost[i] for i in rest]), strict=True))
        except EngineError as error:  # the first half of the request has run: not the request, these texts have failed
            return [restored.get(i, error) for i in range(len(lost))]
        return [restored[i] if i in restored else around[i] for i in range(len(lost))]

    async def _kept(self, masked: dict[int, Task]) -> dict[int, Decoded]:
        """Those of the `masked` tasks, as many as the model takes, that come out sound, no mask lost."""
        fitting = {i: task for i, task in masked.items() if task.job.draft.fits(task.passage)}
        attempted = await self._attempts.attempt(list(fitting.values()))
        sound = {i: _sound(each, "placeholder_restored") for i, each in zip(fitting, attempted, strict=True)}
        return {i: each for i, each in sound.items() if each is not None}

    async def _around(self, lost: Sequence[Task]) -> list[list[Decoded] | EngineError]:
        """For each task that lost a placeholder: its text in parts that have none."""
        parts = [[Task(task.job, part) for part in task.job.draft.around(task.passage)] for task in lost]
        flat = [part for some in parts for part in some]
        answers = iter(await self.repaired(flat, await self._attempts.attempt(flat)))
        return [_joined([next(answers) for _ in some]) for some in parts]

    async def _mended(self, tasks: Sequence[Task], answers: Sequence[Answer]) -> list[Answer]:
        """The answers with something better for those at fault, else what there is.

        Better is another hypothesis; or what keeps the figures that were lost; or, for other faults, halves. If the
        engine refuses, those that lost figures have failed.
        """
        wrong = {i: each for i, each in enumerate(answers) if isinstance(each, Decoded) and each.fault is not None}
        if not wrong:
            return list(answers)
        faults = {i: each.fault for i, each in wrong.items() if each.fault is not None}
        better: dict[int, Answer] = {i: _settled(each) for i, each in wrong.items()}
        try:
            wider = await self._attempts.attempt([tasks[i] for i in faults], is_thorough=True)
            sound = {i: _sound(each, faults[i]) for i, each in zip(faults, wider, strict=True)}
            better |= {i: each for i, each in sound.items() if each is not None}
            rest = {i: faults[i] for i, each in sound.items() if each is None}
            without_figures = {i: wrong[i] for i, fault in rest.items() if fault == "placeholder_restored"}
            better |= await self._with_figures(tasks, without_figures)
            better |= await self._in_halves(tasks, {i: rest[i] for i in rest if i not in without_figures})
        except EngineError as error:  # it stops, or there is no time before the deadline
            log.debug("the engine refused to mend %d segments: %s", len(wrong), error.code)
            lost = [i for i, fault in faults.items() if fault == "placeholder_restored" and better[i] is wrong[i]]
            better |= dict.fromkeys(lost, error)
        return [better.get(i, answer) for i, answer in enumerate(answers)]

    async def _with_figures(self, tasks: Sequence[Task], wrong: dict[int, Decoded]) -> dict[int, Answer]:
        """Those of the `tasks` whose answers are `wrong` with masks for the figures that they lost, or around these."""
        masked = {
            i: Task(tasks[i].job, tasks[i].job.draft.masked(each.passage, each.lost)) for i, each in wrong.items()
        }
        kept = await self._kept(masked)
        rest = [i for i in masked if i not in kept]
        restored = zip(rest, await self._restored([masked[i] for i in rest]), strict=True)
        return kept | dict(restored)

    async def _in_halves(self, tasks: Sequence[Task], faults: dict[int, Fault]) -> dict[int, list[Decoded]]:
        """Those of the `tasks` whose halves are sound; the halves of what came out as its source would do so, too."""
        halves = {
            i: [Task(tasks[i].job, half) for half in tasks[i].job.draft.halves(tasks[i].passage, fault)]
            for i, fault in faults.items()
            if fault != "untranslated"
        }
        decoded = iter(await self._attempts.attempt([half for pair in halves.values() for half in pair]))
        parts = {i: [next(decoded) for _ in pair] for i, pair in halves.items()}
        return {
            i: [part for part in pair if isinstance(part, Decoded)]
            for i, pair in parts.items()
            if pair and all(isinstance(part, Decoded) and part.fault is None for part in pair)
        }


def _sound(decoded: Decoded | EngineError | None, fault: Fault) -> Decoded | None:
    """The answer with its sound candidates alone and a warning of the mended `fault`; None without any."""
    sound = tuple(each for each in decoded.candidates if each.fault is None) if isinstance(decoded, Decoded) else ()
    if not sound or not isinstance(decoded, Decoded):
        return None
    return Decoded(decoded.passage.warned(fault), sound)


def _settled(decoded: Decoded) -> Decoded:
    """What is answered where nothing helps: the source rather than a loop, else what there is."""
    if decoded.fault != "repetition":
        return decoded
    return Decoded(
        decoded.passage.warned(decoded.fault), (source_kept(decoded.passage, decoded.candidates[0].hypothesis),)
    )


def _joined(parts: Sequence[Answer]) -> list[Decoded] | EngineError:
    """What became of the parts of one task; an error if any has failed."""
    found: list[Decoded] = []
    for part in parts:
        if isinstance(part, EngineError):
            return part
        found += part if isinstance(part, list) else [part]
    return found
