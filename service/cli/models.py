"""`dragoman models`: what is in the artifacts."""

from service.cli.faults import plainly_told, settings_of
from service.cli.options import Artifacts


def models(artifact: Artifacts = None) -> None:
    """List the artifacts that would be served, with their directions and scores.

    **Examples**

    `dragoman models`

    `dragoman models --artifact artifacts/mine`
    """
    settings = settings_of(artifacts=tuple(artifact) if artifact else None)
    from rich.console import Console
    from rich.table import Table

    from service.artifact import load
    from service.text.subword import describe

    table = Table("model", "version", "directions", "beam size", "scores")
    with plainly_told():
        for directory in settings.artifacts:
            config = load(directory, describe).config
            directions = "\n".join(f"{pair.source} → {pair.target}" for pair in config.pairs)
            scores = "\n".join(f"{each.set}: {each.metric} {each.score:.1f}" for each in config.scores)
            table.add_row(config.name, config.version, directions, str(config.search.beam_size), scores)
    Console().print(table)
