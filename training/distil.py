"""Sequence-level distillation (Kim and Rush 2016): a corpus for a student, made of its teacher's translations."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sacrebleu.metrics.bleu import BLEU

from training.corpus import CorpusError, file_hash, read_lines
from training.translate import Hypothesis, read_hypotheses


def choose(hypotheses: Sequence[Hypothesis], reference: str | None) -> tuple[str, float | None]:
    """The hypothesis that is nearest to the reference by sentence BLEU (their "sequence-level interpolation"), with it.

    Without a reference, as in back-translation, it is the one that the search ranks first.
    """
    if reference is None:
        return hypotheses[0].text, None
    bleu = BLEU(effective_order=True)
    scored = [(float(bleu.sentence_score(each.text, [reference]).score), each.text) for each in hypotheses]
    best, text = max(scored, key=lambda pair: pair[0])  # the first of equals, which the search ranks higher
    return text, best


def make_corpus(
    sources: Sequence[str],
    found: dict[int, list[Hypothesis]],
    references: Sequence[str] | None,
    min_bleu: float,
    max_ratio: float,
) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Pairs of source and chosen translation, and how many lines were left out by their reason."""
    pairs, dropped = [], Counter[str]()
    for line, source in enumerate(sources, 1):
        text, bleu = choose(found[line], references[line - 1] if references is not None else None)
        shorter, longer = sorted((len(source), len(text)))
        if shorter == 0:
            dropped["empty"] += 1
        elif longer > max_ratio * shorter:
            dropped["length ratio"] += 1
        elif bleu is not None and bleu < min_bleu:
            dropped["far from the reference"] += 1
        else:
            pairs.append((source, text))
    return pairs, dropped


def distil(
    source: Annotated[Path, typer.Option(help="Text that was translated; `.gz` is read.")],
    hypotheses: Annotated[Path, typer.Option(help="What `dragoman-train translate` made of it.")],
    output: Annotated[Path, typer.Option(help="Directory for the corpus: `source.txt`, `target.txt`.")],
    reference: Annotated[Path | None, typer.Option(help="The true translations, to choose and filter by.")] = None,
    min_bleu: Annotated[float, typer.Option(min=0.0, max=100.0, help="Sentence BLEU to the reference.")] = 0.0,
    max_ratio: Annotated[float, typer.Option(min=1.0, help="Characters of the longer side to the shorter.")] = 3.0,
) -> None:
    """Write the corpus that a student learns from, with its provenance in `corpus.json`.

    Example: dragoman-train distil --source data/mine/train.en --hypotheses runs/mine/train.de.jsonl
    --reference data/mine/train.de --output data/mine-distilled
    """
    sources, found = read_lines(source), read_hypotheses(hypotheses)
    references = read_lines(reference) if reference else None
    if set(found) != set(range(1, len(sources) + 1)):
        raise CorpusError(f"{hypotheses} has {len(found)} lines, but {source} has {len(sources)}")
    if references is not None and len(references) != len(sources):
        raise CorpusError(f"{reference} has {len(references)} lines, but {source} has {len(sources)}")
    pairs, dropped = make_corpus(sources, found, references, min_bleu, max_ratio)
    output.mkdir(parents=True, exist_ok=True)
    files = [path for path in (source, hypotheses, reference) if path is not None]
    for name, side in (("source.txt", 0), ("target.txt", 1)):
        (output / name).write_text("".join(f"{pair[side]}\n" for pair in pairs), encoding="utf-8", newline="\n")
    teacher = hypotheses.with_name(hypotheses.name + ".provenance.json")
    record = {
        "inputs": {path.name: file_hash(path) for path in files},
        "outputs": {name: file_hash(output / name) for name in ("source.txt", "target.txt")},
        "teacher": json.loads(teacher.read_text(encoding="utf-8")) if teacher.exists() else None,
        "min_bleu": min_bleu,
        "max_ratio": max_ratio,
        "num_pairs": len(pairs),
        "dropped": dict(dropped),
    }
    (output / "corpus.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    left_out = ", ".join(f"{count} {reason}" for reason, count in dropped.items()) or "none"
    typer.echo(f"{output}: {len(pairs)} pairs; left out: {left_out}")
