"""The native dialect over a core that answers in capitals."""

import pytest
from pydantic import TypeAdapter

from service.api.native_schemas import DetectAnswer, LanguagesAnswer, TranslateAnswer
from service.engine.segment import Priority
from service.translation import TextError
from tests.service.api.doubles import fake, make_core, make_settings, serving

EN_DE = {"source": "en", "target": "de"}


def test_order_and_count_are_the_requests() -> None:
    texts = [f"text {i}" for i in range(20)] + ["", "  "]
    with serving(make_core()) as client:
        answered = client.post("/v1/translate", json={"texts": texts, **EN_DE})
    assert answered.status_code == 200
    assert [each["text"] for each in answered.json()["translations"]] == [text.upper() for text in texts]


def test_parts_that_were_not_asked_for_are_absent() -> None:
    with serving(make_core()) as client:
        body = client.post("/v1/translate", json={"texts": ["a"], **EN_DE}).json()
    assert body == {
        "translations": [{"text": "A", "source": "en", "detected": None, "warnings": [], "error": None}],
        "model": {"name": "double", "hash": "sha256:0"},
        "usage": {"characters": 1, "source_tokens": 3, "target_tokens": 4},
    }


def test_every_detail_is_there_when_it_was_asked_for() -> None:
    asked = {"texts": ["abc"], **EN_DE, "num_alternatives": 2, "details": ["score", "segments", "alignment", "timing"]}
    core = make_core()
    with serving(core) as client:
        answered = client.post("/v1/translate", json=asked)
    body = answered.json()
    [translation] = body["translations"]
    assert translation["alternatives"] == [{"text": "ABC0", "score": -1.0}, {"text": "ABC1", "score": -2.0}]
    assert (translation["score"], translation["log_prob"]) == (-0.5, -1.5)
    assert translation["segments"] == [{"source": [0, 3], "target": [0, 3], "score": -0.5, "alignment": []}]
    assert body["timing"] == {"queue_ms": 1.0, "encode_ms": 2.0, "decode_ms": 3.0, "total_ms": 6.1}
    assert fake(core).commands[0].alignment
    TypeAdapter(TranslateAnswer).validate_json(answered.content)


@pytest.mark.parametrize("source", ["auto", "AUTO", None])
def test_a_source_that_is_not_named_is_detected(source: str | None) -> None:
    core = make_core()
    with serving(core) as client:
        body = client.post("/v1/translate", json={"texts": ["a"], "source": source, "target": "de"}).json()
        client.post("/v1/translate", json={"texts": ["a"], "target": "de"})
    assert body["translations"][0]["detected"] == {"language": "en", "confidence": 0.9877}
    assert [command.source for command in fake(core).commands] == [None, None]


def test_codes_are_matched_without_case() -> None:
    core = make_core()
    with serving(core) as client:
        assert client.post("/v1/translate", json={"texts": ["a"], "source": "EN", "target": "De"}).status_code == 200
    assert (fake(core).commands[0].source, fake(core).commands[0].target) == ("en", "de")


def test_equal_languages_reach_the_translator_which_echoes() -> None:
    with serving(make_core()) as client:
        assert client.post("/v1/translate", json={"texts": ["a"], "source": "de", "target": "de"}).status_code == 200


def test_one_bad_text_does_not_fail_the_others() -> None:
    core = make_core()
    fake(core).fails = {"bad": TextError("source_undetected", "texts[1]: no served language was recognised")}
    with serving(core) as client:
        answered = client.post("/v1/translate", json={"texts": ["good", "bad"], "target": "de"})
    assert answered.status_code == 200
    good, bad = answered.json()["translations"]
    assert (good["text"], good["error"]) == ("GOOD", None)
    assert (bad["text"], bad["error"]["code"]) == (None, "source_undetected")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("text_too_long", 400),
        ("unsupported_pair", 400),
        ("source_undetected", 400),
        ("deadline_exceeded", 504),
        ("not_ready", 503),
        ("internal", 500),
        ("never heard of", 500),
    ],
)
def test_a_request_fails_with_the_error_that_all_its_texts_have(code: str, status: int) -> None:
    core = make_core()
    fake(core).fails = {text: TextError(code, f"{text} failed") for text in ("a", "b")}
    with serving(core) as client:
        answered = client.post("/v1/translate", json={"texts": ["a", "b"], **EN_DE})
    assert answered.status_code == status
    assert answered.json()["error"]["code"] == (code if code != "never heard of" else "internal")


@pytest.mark.parametrize(
    ("body_ms", "header_ms", "expected_s"),
    [(None, None, 60.0), (5000, None, 5.0), (None, "4000", 4.0), (5000, "4000", 4.0), (700_000, "800000", 600.0)],
)
def test_the_smallest_deadline_counts(body_ms: int | None, header_ms: str | None, expected_s: float) -> None:
    core = make_core()
    headers = {} if header_ms is None else {"X-Deadline-Ms": header_ms}
    with serving(core) as client:
        client.post("/v1/translate", json={"texts": ["a"], **EN_DE, "deadline_ms": body_ms}, headers=headers)
    assert fake(core).commands[0].deadline_s == expected_s


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        ("interactive", None, Priority.INTERACTIVE),
        ("bulk", "interactive", Priority.BULK),
        ("interactive", "bulk", Priority.BULK),
    ],
)
def test_the_lower_priority_counts(body: str, header: str | None, expected: Priority) -> None:
    core = make_core()
    headers = {} if header is None else {"X-Priority": header}
    with serving(core) as client:
        client.post("/v1/translate", json={"texts": ["a"], **EN_DE, "priority": body}, headers=headers)
    assert fake(core).commands[0].priority is expected


def test_options_reach_the_core_as_they_are() -> None:
    core = make_core()
    asked = {
        "texts": ["\x00\r\n\u2028 a"],
        **EN_DE,
        "split": "none",
        "beam_size": 4,
        "num_alternatives": 3,
        "keep": ["ACME"],
        "offsets": "utf16",
    }
    with serving(core) as client:
        assert client.post("/v1/translate", json=asked).status_code == 200
    [command] = fake(core).commands
    assert command.texts == ("\x00\r\n\u2028 a",)
    assert (command.split, command.beam_size, command.num_alternatives) == ("none", 4, 3)
    assert (command.keep, command.offsets, command.client) == (("ACME",), "utf16", "testclient")


def test_an_answer_says_where_the_time_went_and_is_kept_by_no_proxy() -> None:
    with serving(make_core()) as client:
        headers = client.post("/v1/translate", json={"texts": ["a"], **EN_DE}).headers
    assert headers["Server-Timing"] == "queue;dur=1.0, encode;dur=2.0, decode;dur=3.0"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_warnings_are_counted() -> None:
    core = make_core()
    with serving(core) as client:
        body = client.post("/v1/translate", json={"texts": ["A", "B", "c"], **EN_DE}).json()
        metrics = client.get("/metrics").text
    assert [len(each["warnings"]) for each in body["translations"]] == [1, 1, 0]
    assert 'dragoman_warnings_total{code="untranslated"} 2.0' in metrics


def test_detection_is_per_text_and_empty_where_nothing_is_plausible() -> None:
    with serving(make_core()) as client:
        answered = client.post("/v1/detect", json={"texts": ["hello", " "]})
    assert answered.json() == {"detections": [[{"language": "en", "confidence": 0.9877}], []]}
    TypeAdapter(DetectAnswer).validate_json(answered.content)


def test_languages_have_names_and_targets() -> None:
    with serving(make_core()) as client:
        answered = client.get("/v1/languages")
    assert answered.json()["languages"] == [
        {"code": "de", "name": "German", "targets": []},
        {"code": "en", "name": "English", "targets": ["de"]},
        {"code": "fr", "name": "French", "targets": ["de"]},
    ]
    TypeAdapter(LanguagesAnswer).validate_json(answered.content)


def test_models_tell_their_limits_and_beams() -> None:
    with serving(make_core(make_settings(max_texts=7))) as client:
        models = client.get("/v1/models").json()["models"]
        one = client.get("/v1/models/double").json()
    assert models == [one]
    assert one["hash"] == "sha256:0"
    assert (one["beam_sizes"], one["default_beam_size"], one["state"]) == ([1, 4], 4, "ready")
    assert (one["limits"]["max_texts"], one["limits"]["max_source_tokens"]) == (7, 200)


@pytest.mark.parametrize("given", ["abc", "A-b_c.9", "x" * 64])
def test_a_good_request_id_is_taken(given: str) -> None:
    with serving(make_core()) as client:
        assert client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a;b", "ä"])
def test_a_bad_request_id_is_replaced(given: str) -> None:
    headers = [(b"X-Request-ID", given.encode("latin-1"))]
    with serving(make_core()) as client:
        made = client.get("/livez", headers=headers).headers["X-Request-ID"]
    assert len(made) == 32
    assert int(made, 16) >= 0
