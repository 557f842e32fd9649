"""`dragoman check`: would it serve?"""

from service.cli.faults import plainly_told, settings_of
from service.cli.options import Artifacts


def check(artifact: Artifacts = None) -> None:
    """Check the settings and the artifacts without serving: files, hashes, vocabularies, samples.

    **Examples**

    `dragoman check`

    `DRAGOMAN_ARTIFACTS=artifacts/en-de,artifacts/de-en dragoman check`
    """
    settings = settings_of(artifacts=tuple(artifact) if artifact else None)
    from service.artifact import load
    from service.engine.rehearsal import self_check
    from service.text.subword import describe

    with plainly_told():
        for directory in settings.artifacts:
            loaded = load(directory, describe)
            self_check(loaded)
            directions = ", ".join(f"{pair.source} to {pair.target}" for pair in loaded.config.pairs)
            print(f"{loaded.name}: {directions}; {len(loaded.samples)} samples reproduced; {loaded.hash}")
    print("ready to serve")
