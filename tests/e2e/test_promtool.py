"""The metrics as those see them who read them: Prometheus' own linter where it is installed, and its parser."""

import re
import shutil
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.process import Service

UNITS = ("seconds", "bytes", "tokens", "rows", "segments", "ratio", "info")
PROMTOOL = shutil.which("promtool")


@pytest.fixture
def exposed(service: Service) -> str:
    """The metrics after a request in each dialect, and after some that fail."""
    with service.client() as client:
        assert client.post("/v1/translate", json={"texts": ["Hello."], "target": "de"}).status_code == 200
        assert client.post("/translate", data={"q": "Hello.", "source": "en", "target": "de"}).status_code == 200
        assert client.post("/v2/translate", data={"text": "Hello.", "target_lang": "DE"}).status_code == 200
        assert client.post("/v1/translate", json={}).status_code == 400
        assert client.patch("/no/such/place").status_code == 404
        return client.get("/metrics").text


def test_the_parser_and_the_conventions_agree(exposed: str) -> None:
    families = [family for family in text_string_to_metric_families(exposed) if family.name.startswith("dragoman_")]
    assert len(families) >= 20
    described = dict(re.findall(r"^# HELP (\S+) (.+)$", exposed, re.MULTILINE))
    for family in families:
        assert family.documentation, family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        for sample in family.samples:
            if family.type == "counter":
                assert sample.name.endswith(("_total", "_created")), sample.name
            assert not {"le", "quantile"} & sample.labels.keys() or family.type == "histogram", sample.name
        if family.type == "gauge":
            assert not family.name.endswith(("_total", "_count", "_sum", "_bucket")), family.name
            assert f"{family.name}" in described
        if family.type == "histogram":
            assert family.name.endswith(UNITS) or family.name.endswith("_rows"), family.name
    assert re.search(r"_(milli|micro)?(ms|milliseconds|minutes|kilobytes|megabytes)\b", exposed) is None


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say(exposed: str) -> None:
    assert PROMTOOL is not None
    ended = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=exposed.encode(), capture_output=True, timeout=60.0, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
