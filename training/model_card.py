"""MODEL_CARD.md: what an artifact is made of, how good it is, and what it is not for."""

from pathlib import Path
from typing import Any

from training.checkpoint import Checkpoint
from training.config import RunConfig
from training.dataset import PreparedData
from training.fetch import TABLE, load_table
from training.markdown import table

SCORES = "Scores"
NO_SCORES = "None recorded yet; `dragoman-train evaluate --record` does it."
TERMS_UNKNOWN = "not recorded here"

LIMITS = """\
- Each text is translated sentence by sentence; nothing is carried from one sentence to the next.
- It knows the kind of text that it was trained on, and is unreliable on any other. Fluent output may be wrong: names,
  numbers and negations above all. Nobody should rely on it where an error would do harm.
- It repeats what its corpora hold, with their biases."""


def model_card(
    config: dict[str, Any], run: RunConfig, checkpoint: Checkpoint, data: PreparedData, notes: str | None
) -> str:
    """The card of the artifact that `config`, its `config.json`, describes; `notes` are Markdown."""
    sections = [
        ("Model", _model(config, checkpoint)),
        ("Data and licence", _data(run, data)),
        ("Training", _training(run, checkpoint, data)),
        (SCORES, scores_table(config)),
        ("Limits", _limits(config)),
        *([("Notes", notes.strip())] if notes else []),
    ]
    directions = ", ".join(f"{pair['source']} to {pair['target']}" for pair in config["pairs"])
    title = f"# {config['name']}\n\nTranslates {directions}."
    return "\n\n".join([title, *(f"## {heading}\n\n{body}" for heading, body in sections)]) + "\n"


def scores_table(config: dict[str, Any]) -> str:
    """The recorded scores of an artifact as a table."""
    if not config["scores"]:
        return NO_SCORES
    rows = [
        (f"{s['set']} {s['source']}-{s['target']}", s["metric"], f"{s['score']:.2f}", f"`{s['signature']}`")
        for s in config["scores"]
    ]
    beam_size = config["search"]["beam_size"]
    head = f"Of detokenised text as the service returns it, beam {beam_size}; of TER lower is better."
    return head + "\n\n" + table(("set", "metric", "score", "sacreBLEU signature"), rows)


def with_scores_table(card: str, config: dict[str, Any]) -> str:
    """`card` with its section of scores made anew."""
    head, heading, rest = card.partition(f"\n## {SCORES}\n")
    _, following, tail = rest.partition("\n## ")
    return f"{head}{heading}\n{scores_table(config)}\n{following}{tail}"


def _model(config: dict[str, Any], checkpoint: Checkpoint) -> str:
    model, search = checkpoint.model_config, config["search"]
    num_parameters = sum(parameter.numel() for parameter in checkpoint.network().parameters())
    rows = [
        ("network", f"LSTM encoder-decoder with attention of {model.num_heads} heads"),
        ("encoder", f"{model.encoder_layers} bidirectional layers of {model.encoder_size} units a direction"),
        ("decoder", f"{model.decoder_layers} layers of {model.decoder_size} units"),
        ("embedding", f"{model.embedding_size} units; source, target and output share it"),
        ("parameters", f"{num_parameters:,}, stored as {config['stored_precision']}"),
        ("vocabulary", f"{model.vocab_size:,} pieces, shared by all languages"),
        ("search", ", ".join(f"{name} {value}" for name, value in search.items())),
        ("made by", f"dragoman {config['dragoman_version']}, commit {config['commit']}, {config['created']}"),
        ("format", f"TorchScript of torch {config['torch_version']}"),
    ]
    return table(("", ""), rows)


def _data(run: RunConfig, data: PreparedData) -> str:
    manifest = data.manifest
    corpora = {files["source"]: files for pair in manifest["corpus"]["pairs"] for files in pair["train"]}
    rows = [(f"`{_shown(source)}`", run.export.terms.get(source) or _terms(source)) for source in corpora]
    counts = manifest["counts"]
    dropped = ", ".join(f"{number:,} {reason}" for reason, number in counts["dropped"].items()) or "none"
    total = f"{counts['lines']:,} training pairs, both directions counted where there are two; left out: {dropped}."
    advice = "The model carries the terms of its data. The hash of each file is in `config.json`."
    initial = run.training.initial_weights
    if initial is not None:
        taken = "the layers and shared pieces" if run.training.match_pieces else "the weights"
        advice += f" It began with {taken} of `{_shown(initial)}`, and carries the terms of their data as well."
    return "\n\n".join([table(("corpus", "origin and terms"), rows), total, advice])


def _terms(path: str) -> str:
    """What the table of public corpora says about a file that lies as `fetch` puts it."""
    corpus = load_table(TABLE).get(Path(path).parent.name)
    if corpus is None or Path(path).name not in corpus.sha256:
        return TERMS_UNKNOWN
    return f"{corpus.title}, {corpus.home}; licence: {corpus.licence}"


def _training(run: RunConfig, checkpoint: Checkpoint, data: PreparedData) -> str:
    training, alpha = run.training, run.subword.sampling_alpha
    kind = "unigram" if data.subword.is_unigram else "bpe"
    facts = [
        f"{checkpoint.update:,} updates of about {training.batch_tokens * training.accumulate:,} target tokens, "
        f"seed {training.seed}, Adam at {training.peak_learning_rate:g} with warm-up and linear decay",
        f"label smoothing {training.label_smoothing:g}; weights are an exponential moving average with decay "
        f"{training.ema_decay:g}",
        f"SentencePiece {kind}, segmentation sampled with alpha {alpha:g}",
    ]
    if checkpoint.dev_bleu is not None:
        facts.append(f"dev BLEU {checkpoint.dev_bleu:.2f} at a beam of {training.validate_beam_size}, while training")
    return "\n".join(f"- {fact}" for fact in facts)


def _limits(config: dict[str, Any]) -> str:
    longest = config["limits"]["max_source_tokens"]
    return f"- A sentence may have {longest} pieces at most, tag and end included.\n{LIMITS}"


def _shown(path: str) -> str:
    """The end of a path, which is the same on every machine."""
    return "/".join(Path(path).parts[-2:])
