"""The quality gate passes what is good enough, refuses each kind of damage, and never passes what it could not run."""

import gzip
import hashlib
import json
import socket
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from training.gate import _can_be_judged, gate, judge_set
from training.gate_report import GateReport, Outcome
from training.gated import Gated
from training.judge import judge
from training.requirements import Floor, Requirement, RequirementsError, load_requirements
from training.served import ServiceError, free_port, running_service, translate_served
from training.testset import TestSet, TestText, TestTextError

BLEU_SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
CHRF_SIGNATURE = "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0"
REFERENCES = [
    "Ein Mann mit einem orangefarbenen Hut starrt etwas an.",
    "Ein Boston Terrier läuft über saftig-grünes Gras vor einem weißen Zaun.",
    "Ein Mädchen in einem Karateanzug bricht ein Brett mit einem Tritt.",
    "Fünf Leute in Winterjacken und mit Helmen stehen im Schnee.",
]
STRICT = (Floor("bleu", BLEU_SIGNATURE, 99.0), Floor("chrf++", CHRF_SIGNATURE, 99.0))

FAKE_SERVICE = """
import http.server, json, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/v1/models":
            self.answer({"models": [{"hash": "sha256:another"}]})
            return
        self.answer({name: value for name, value in os.environ.items() if name.startswith("DRAGOMAN_")})
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [None if "fail" in text else text.upper() for text in request["texts"]]
        self.answer({"translations": [{"text": t, "error": None if t else {"code": "internal"}} for t in texts]})
    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def log_message(self, *args):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def sha256(lines: list[str]) -> str:
    return hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()


def make_artifact(directory: Path, *, floor: float = 99.0, reference_hash: str | None = None) -> Path:
    """A directory with a `gate.json` and, beside it, the texts of an en-de test set in `data`."""
    data = directory / "data"
    data.mkdir()
    for language in ("en", "de"):
        (data / f"test.{language}").write_text("\n".join(REFERENCES) + "\n", encoding="utf-8")
    entry = {
        "name": "captions",
        "source_language": "en",
        "target_language": "de",
        "source": {"file": "test.en", "sha256": sha256(REFERENCES)},
        "reference": {"file": "test.de", "sha256": reference_hash or sha256(REFERENCES)},
        "floors": [{"metric": "bleu", "signature": BLEU_SIGNATURE, "score": floor}],
    }
    write_gate(directory, entry)
    return directory


def write_gate(artifact: Path, *entries: Mapping[str, object]) -> None:
    (artifact / "gate.json").write_text(json.dumps({"sets": entries}), encoding="utf-8")


def invoke(artifact: Path, *options: str) -> Result:
    app = typer.Typer()
    app.command()(gate)
    return CliRunner().invoke(app, ["--artifact", str(artifact), "--data", str(artifact / "data"), *options])


def run_command(artifact: Path, *options: str) -> int:
    return invoke(artifact, *options).exit_code


def reasons(hypotheses: list[str], floors: tuple[Floor, ...] = STRICT, baseline: tuple[str, ...] = ()) -> list[str]:
    text = TestText("none", "")
    requirement = Requirement(TestSet("captions", "en", "de", text, text), floors, baseline)
    return [finding.text for finding in judge(requirement, hypotheses, REFERENCES) if finding.refuses]


def test_a_set_can_have_length_bounds_of_its_own() -> None:
    text = TestText("none", "")
    short = [text.rsplit(" ", 1)[0] for text in REFERENCES]
    test_set = TestSet("captions", "en", "de", text, text)
    strict, mild = (Requirement(test_set, (), shortest_ratio=ratio) for ratio in (0.95, 0.5))
    assert [finding.check for finding in judge(strict, short, REFERENCES) if finding.refuses] == [
        "length ratio",
        "brevity penalty",
    ]
    assert not [finding for finding in judge(mild, short, REFERENCES) if finding.refuses]


def test_bounds_that_refuse_everything_are_an_error(tmp_path: Path) -> None:
    directory = make_artifact(tmp_path)
    entry = json.loads((directory / "gate.json").read_text(encoding="utf-8"))["sets"][0]
    write_gate(directory, entry | {"shortest_ratio": 1.2})
    with pytest.raises(RequirementsError, match="length ratios"):
        load_requirements(directory)


def test_references_themselves_pass() -> None:
    assert reasons(REFERENCES, baseline=tuple(REFERENCES)) == []


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        ([text.rsplit(" ", 1)[0] for text in REFERENCES], "length ratio"),
        ([f"{text} {text}" for text in REFERENCES], "length ratio"),
        ([text.lower() for text in REFERENCES], "floor 99.00"),
        ([*REFERENCES[:3], " "], "line 4 is empty"),
        (REFERENCES[:3], "3 translations for 4 sources"),
        (REFERENCES[1:] + REFERENCES[:1], "floor 99.00"),
    ],
    ids=["dropped last word", "said twice", "lower-cased", "empty", "one missing", "out of order"],
)
def test_damage_is_refused(damaged: list[str], reason: str) -> None:
    assert any(reason in found for found in reasons(damaged))


def test_only_the_floor_decides_over_one_output() -> None:
    hypotheses = [*REFERENCES[:3], "Fünf Leute mit Jacken und mit Helmen stehen im Wald."]
    assert reasons(hypotheses, (Floor("bleu", BLEU_SIGNATURE, 10.0),)) == []
    assert reasons(hypotheses, (Floor("bleu", BLEU_SIGNATURE, 99.0),)) != []


@pytest.mark.parametrize(
    "signature", [BLEU_SIGNATURE.replace("mixed", "lc"), BLEU_SIGNATURE.replace("13a", "intl"), ""]
)
def test_another_signature_is_refused_however_high_the_score(signature: str) -> None:
    assert "another signature" in reasons(REFERENCES, (Floor("bleu", signature, 0.0),))[0]


def test_an_output_behind_the_baseline_is_refused_though_above_the_floor() -> None:
    floors = (Floor("bleu", BLEU_SIGNATURE, 10.0),)
    hypotheses = [*REFERENCES[:3], "Fünf Leute mit Jacken und mit Helmen stehen im Wald."]
    assert reasons(hypotheses, floors, tuple(hypotheses)) == []
    assert reasons(REFERENCES, floors, tuple(hypotheses)) == []
    assert any("baseline 100.00" in reason for reason in reasons(hypotheses, floors, tuple(REFERENCES)))
    assert reasons(hypotheses, floors, tuple(REFERENCES[:3])) == ["the baseline has 3 lines for 4 references"]


def test_one_refused_set_refuses_the_artifact(tmp_path: Path) -> None:
    requirement = load_requirements(make_artifact(tmp_path))[0]
    directories = [tmp_path / "data"]
    good = judge_set(requirement, directories, lambda texts, *_: list(texts))
    bad = judge_set(requirement, directories, lambda texts, *_: [text.lower() for text in texts])
    assert GateReport(Gated("a"), (good, good)).outcome is Outcome.PASSED
    assert GateReport(Gated("a"), (good, bad)).outcome is Outcome.REFUSED
    assert GateReport(Gated("a")).outcome is Outcome.COULD_NOT_RUN  # nothing was judged
    assert GateReport(Gated("a"), (good,), error="the service died").outcome is Outcome.COULD_NOT_RUN


TEXT = {"file": "test.en", "sha256": ""}
NO_FLOOR = {
    "name": "x",
    "source_language": "en",
    "target_language": "de",
    "source": TEXT,
    "reference": TEXT,
    "floors": [],
}


@pytest.mark.parametrize(
    "content", [None, "{", "[]", '{"sets": []}', '{"sets": [{}]}', json.dumps({"sets": [NO_FLOOR]})]
)
def test_an_artifact_that_requires_nothing_does_not_pass(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "gate.json").write_text(content)
    with pytest.raises(RequirementsError):
        load_requirements(tmp_path)
    assert run_command(tmp_path) == Outcome.COULD_NOT_RUN


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        ("{", "line 1 column 2"),
        ("[]", "must be a mapping"),
        ('{"sets": [{}]}', "sets[0].name is missing"),
        (json.dumps({"sets": [NO_FLOOR | {"floors": [{}]}]}), "sets[0].floors[0].metric is missing"),
        (json.dumps({"sets": [NO_FLOOR | {"flor": []}]}), "sets[0].flor is not a known key; did you mean floors?"),
        (json.dumps({"sets": [NO_FLOOR | {"baseline": "x"}]}), "No such file or directory"),
    ],
)
def test_demands_that_cannot_be_used_are_told_in_words(content: str | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "gate.json").write_text(content)
    with pytest.raises(RequirementsError) as raised:
        load_requirements(tmp_path)
    assert words in str(raised.value)
    assert "Error(" not in str(raised.value)


def test_an_unknown_metric_does_not_pass(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path)
    path = artifact / "gate.json"
    path.write_text(path.read_text().replace('"bleu"', '"confidence"'))
    with pytest.raises(RequirementsError, match="confidence"):
        load_requirements(artifact)


def test_a_missing_test_text_does_not_pass(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path)
    (artifact / "data" / "test.en").unlink()
    with pytest.raises(TestTextError, match="no test text"):
        load_requirements(artifact)[0].test_set.read([artifact / "data"])
    assert run_command(artifact) == Outcome.COULD_NOT_RUN


def test_a_changed_test_text_does_not_pass(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path, reference_hash="0" * 64)
    with pytest.raises(TestTextError, match="expected 0000"):
        load_requirements(artifact)[0].test_set.read([artifact / "data"])
    assert run_command(artifact) == Outcome.COULD_NOT_RUN


DAMAGED = {
    "a truncated .gz": (".gz", gzip.compress(b"A man.\n" * 99)[:-9], "cannot be read"),
    "no .gz at all": (".gz", b"A man.\n", "cannot be read"),
    "a .gz of garbage": (".gz", gzip.compress(b"A man.\n")[:10] + b"\xff" * 20, "cannot be read"),
    "not UTF-8": ("", "Ein Mädchen\n".encode("latin-1"), "is not UTF-8"),
}


@pytest.mark.parametrize(("suffix", "content", "words"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_test_text_ends_the_gate_with_a_reason(
    suffix: str, content: bytes, words: str, tmp_path: Path
) -> None:
    """With the hash that the text has, as `require` would write it: only its content is wrong."""
    artifact = make_artifact(tmp_path, reference_hash=hashlib.sha256(content).hexdigest())
    (artifact / "data" / "test.de").unlink()
    (artifact / "data" / f"test.de{suffix}").write_bytes(content)
    result = invoke(artifact)
    assert (result.exit_code, words in result.output) == (Outcome.COULD_NOT_RUN, True), result.output


def test_an_optional_set_may_be_missing_but_not_changed_and_not_the_only_one(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path)
    entry = json.loads((artifact / "gate.json").read_text())["sets"][0]
    write_gate(artifact, entry | {"optional": True})
    with pytest.raises(RequirementsError, match="requires no set"):
        load_requirements(artifact)
    write_gate(artifact, entry, entry | {"optional": True, "source": TEXT | {"file": "elsewhere"}})
    assert [_can_be_judged(each, [artifact / "data"]) for each in load_requirements(artifact)] == [True, False]
    write_gate(artifact, entry, entry | {"optional": True, "source": TEXT})
    with pytest.raises(TestTextError, match="SHA-256"):
        _can_be_judged(load_requirements(artifact)[1], [artifact / "data"])


def test_a_mirror_may_be_compressed_and_comes_after_what_was_fetched(tmp_path: Path) -> None:
    fetched, mirror = tmp_path / "fetched", tmp_path / "mirror"
    fetched.mkdir()
    mirror.mkdir()
    (mirror / "test.en.gz").write_bytes(gzip.compress(b"A man. \n\nA dog.\n"))
    text = TestText("test.en", hashlib.sha256(b"A man. \n\nA dog.\n").hexdigest())
    assert text.read_lines([fetched, mirror]) == ["A man.", "", "A dog."]
    marked = TestText("test.en", hashlib.sha256(b"\xef\xbb\xbfA man.\n").hexdigest())
    (fetched / "test.en").write_bytes(b"\xef\xbb\xbfA man.\n")
    assert marked.read_lines([fetched]) == ["A man."]  # a byte-order mark is no text
    with pytest.raises(TestTextError, match="fetched"):
        text.read_lines([fetched, mirror])


@pytest.mark.slow
def test_a_service_that_does_not_start_does_not_pass(tmp_path: Path) -> None:
    assert run_command(make_artifact(tmp_path)) == Outcome.COULD_NOT_RUN  # the directory holds no model


def test_a_running_service_translates_in_order_and_is_stopped_afterwards() -> None:
    port = free_port()
    texts = [f"text {number}" for number in range(70)]
    with running_service([sys.executable, "-c", FAKE_SERVICE, str(port)], port) as url:
        assert translate_served(url, texts, "en", "de") == [text.upper() for text in texts]
        with pytest.raises(ServiceError) as raised:
            translate_served(url, ["fine", "fail"], "en", "de")
        assert str(raised.value) == "2 texts got 2 answers, of which 1 failed, the first with internal"
    with pytest.raises(ServiceError, match=r"translate cannot be reached: .*Connection refused"):
        translate_served(url, ["gone"], "en", "de")


FAULTS = {
    b"HTTP/1.0 503 x\r\n\r\n" + b'{"error": {"code": "overloaded", "message": "the queue is full"}}': (
        "answered 503: overloaded: the queue is full"
    ),
    b"HTTP/1.0 502 x\r\n\r\n<p>a proxy": "answered 502: <p>a proxy",
    b"HTTP/1.1 503 x\r\nContent-Length: 9\r\n\r\n{": "answered 503: (not to the end)",
    b"HTTP/1.0 200 x\r\n\r\n<p>a page": "is no JSON with translations",
    b"HTTP/1.0 200 x\r\n\r\n[]": "is no JSON with translations",
    b'HTTP/1.0 200 x\r\n\r\n{"a": 1}': "is no JSON with translations",
    b"HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\n{": "did not answer to the end",
    b"what?\r\n\r\n": "did not answer to the end",
    b"": "did not answer to the end",
}


@pytest.mark.parametrize(("answer", "words"), FAULTS.items())
def test_a_request_that_fails_is_told_in_words(answer: bytes, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = threading.Thread(target=answer_once, args=(listener, answer))
        told.start()
        with pytest.raises(ServiceError) as raised:
            translate_served(f"http://127.0.0.1:{listener.getsockname()[1]}", ["a"], "en", "de")
        told.join()
    assert words in str(raised.value)
    assert "Error(" not in str(raised.value)


def answer_once(listener: socket.socket, answer: bytes) -> None:
    """Read one request, answer these bytes, and hang up."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as received:
        headers = list(iter(received.readline, b"\r\n"))
        received.read(next(int(each.split()[1]) for each in headers if each.lower().startswith(b"content-length")))
        connection.sendall(answer)


def test_the_report_names_the_artifact_by_its_hash(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path)
    assert Gated.at(artifact) == Gated(artifact.name)
    (artifact / "config.json").write_text(json.dumps({"format_version": 1, "name": "captions", "version": "7"}))
    (artifact / "SHA256SUMS").write_bytes(b"the sums\n")
    expected = Gated(artifact.name, "captions", "7", f"sha256:{hashlib.sha256(b'the sums' + bytes([10])).hexdigest()}")
    assert Gated.at(artifact) == expected
    report = tmp_path / "report.json"
    assert run_command(artifact, "--server", "http://127.0.0.1:1", "--json", str(report)) == Outcome.COULD_NOT_RUN
    assert json.loads(report.read_text())["artifact"]["hash"] == expected.hash


def test_a_service_that_serves_another_artifact_is_not_judged(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path)
    (artifact / "config.json").write_text(json.dumps({"format_version": 1, "name": "captions", "version": "7"}))
    (artifact / "SHA256SUMS").write_bytes(b"the sums\n")
    port, report = free_port(), tmp_path / "report.json"
    with running_service([sys.executable, "-c", FAKE_SERVICE, str(port)], port) as url:
        assert run_command(artifact, "--server", url, "--json", str(report)) == Outcome.COULD_NOT_RUN
    error = json.loads(report.read_text())["error"]
    assert "captions, version 7" in error
    assert "sha256:another" in error


def test_an_artifact_can_be_judged_by_the_demands_of_the_one_it_is_to_replace(tmp_path: Path) -> None:
    demanding, lenient = tmp_path / "1", tmp_path / "2"
    for directory, floor in ((demanding, 99.0), (lenient, 0.0)):
        directory.mkdir()
        make_artifact(directory, floor=floor)
    port = free_port()
    with running_service([sys.executable, "-c", FAKE_SERVICE, str(port)], port) as url:
        assert run_command(lenient, "--server", url) == Outcome.PASSED
        assert run_command(lenient, "--server", url, "--requirements", str(demanding)) == Outcome.REFUSED


@pytest.mark.parametrize(("floor", "verdict"), [(0.0, "passed"), (99.0, "refused")])
def test_a_report_that_cannot_be_written_costs_neither_the_verdict_nor_the_others(
    tmp_path: Path, floor: float, verdict: str
) -> None:
    artifact, port = make_artifact(tmp_path, floor=floor), free_port()
    no_directory, other = artifact / "gate.json" / "report.json", tmp_path / "report.md"
    with running_service([sys.executable, "-c", FAKE_SERVICE, str(port)], port) as url:
        told = invoke(artifact, "--server", url, "--json", str(no_directory), "--markdown", str(other))
    assert told.exit_code == Outcome.COULD_NOT_RUN
    said, error = told.output.split(f"quality gate: {verdict}\n")
    assert "captions en-de" in said
    assert error.startswith(f"error: the report {no_directory} cannot be written: ")
    assert other.read_text(encoding="utf-8").splitlines()[0].endswith(verdict)


def test_a_service_gets_the_named_settings_and_none_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_MAX_TEXTS", "1")
    port = free_port()
    command = [sys.executable, "-c", FAKE_SERVICE, str(port)]
    with running_service(command, port, {"DRAGOMAN_MAX_ROWS": "2"}) as url, urllib.request.urlopen(url) as answer:
        assert json.load(answer) == {"DRAGOMAN_MAX_ROWS": "2"}


def test_a_service_that_ends_is_reported_with_its_last_words() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such artifact')"]
    with pytest.raises(ServiceError, match="no such artifact"), running_service(command, free_port()):
        pass
