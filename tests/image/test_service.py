"""The service's image under the rules that it is made for: no writing, no rights, no root, no way out."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from tests.image.docker import BASE, HARDENED, container, docker, inspect, network, once, report, seconds_until, volume

pytestmark = [pytest.mark.image, pytest.mark.timeout(1800)]

# A machine of tests may be shared and slow: what is inside gets more time than by default, and a start too.
PATIENCE = ("--env=DRAGOMAN_DRAIN_TIMEOUT_S=240", "--env=DRAGOMAN_MAX_PROOF_AGE_S=240", "--health-start-period=600s")
GRACE_S = 300
START_S = 600.0
CLIENT = """
import json, sys, urllib.request
url, body = sys.argv[1:]
request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=280) as response:
    print(response.read().decode())
"""
REACH_OUT = """
import socket
for address in (("192.0.2.1", 443), ("1.1.1.1", 53)):
    try:
        socket.create_connection(address, timeout=3)
    except OSError:
        continue
    raise SystemExit("there is a way out")
"""


@pytest.fixture(scope="module")
def inner() -> Iterator[str]:
    with network() as name:
        yield name


@pytest.fixture
def service(service_image: str, inner: str) -> Iterator[str]:
    """A healthy service; the time that it took is reported."""
    options = ("--network", inner, "--network-alias", "service", "--health-interval=1s")
    with container(*HARDENED, *PATIENCE, *options, service_image) as name:
        seconds = seconds_until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy", START_S)
        report(f"healthy after {seconds:.1f} s")
        yield name


def translate(inner: str, *texts: str) -> list[str]:
    """Ask from a container beside the service: the network has no other door."""
    body = json.dumps({"texts": texts, "source": "en", "target": "de", "deadline_ms": 270_000})
    client = ("--network", inner, "--entrypoint", "python3", BASE, "-c", CLIENT)
    done = once(*client, "http://service:8000/v1/translate", body)
    assert done.returncode == 0, done.stderr
    return [each["text"] for each in json.loads(done.stdout)["translations"]]


def test_it_translates_without_rights_and_without_a_network(service: str, inner: str) -> None:
    [text] = translate(inner, "I am drinking water.")
    assert "Wasser" in text
    docker("exec", service, "python", "-c", REACH_OUT)


def test_a_request_in_flight_is_answered_when_it_is_stopped(service: str, inner: str) -> None:
    animals, places, foods = (
        ("dog", "horse", "cat", "cow", "goat", "bird"),
        ("beach", "road"),
        ("bread", "fish", "milk"),
    )
    kinds = ("an old", "a young", "a black", "a happy", "a tired", "a big", "a thin", "a lazy", "a brown")
    texts = [
        f"A man with {kind} {animal} is walking on the {place} near a small house, and his friend, who has just come "
        f"back from the market in town, is carrying two heavy bags of apples and some {food} for all of us."
        for kind, animal, place, food in product(kinds, animals, places, foods)
    ]
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(translate, inner, *texts)
        seconds_until(lambda: answer.done() or running_rows(service) > 0, 240.0)
        assert not answer.done(), "it was over too soon to say anything"
        started = time.monotonic()
        docker("stop", "--time", str(GRACE_S), service, timeout_s=GRACE_S + 60.0)
        seconds = time.monotonic() - started
        assert len(answer.result()) == len(texts)
    state = inspect(service)["State"]
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
    assert seconds < GRACE_S
    report(f"stopped after {seconds:.1f} s, with exit status 0; the request in flight was answered")


def running_rows(service: str) -> float:
    read = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/metrics').read().decode())"
    lines = docker("exec", service, "python", "-c", read).splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("dragoman_rows_running "))


def test_the_image_holds_what_it_needs_and_no_more(service_image: str) -> None:
    image = inspect(service_image)
    assert image["Config"]["User"] == "10001:10001"
    assert image["Config"]["Entrypoint"] == ["tini", "--", "dragoman"]
    labels = image["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == "0.0.0+test"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    for program in ("gcc", "cc", "c++", "ld", "make"):
        assert not has(service_image, f"command -v {program}"), program
    for module in ("model", "training", "sacrebleu", "pytest"):
        assert not has(service_image, f"cd / && python -c 'import {module}'"), module
    above = image["Size"] - inspect(BASE)["Size"]
    report(f"{above / 1e6:.0f} MB above the base image")
    assert above < 1.3e9


def test_another_artifact_can_be_mounted_and_a_wrong_one_is_named(service_image: str) -> None:
    done = once(*HARDENED, "--env", "DRAGOMAN_ARTIFACTS=/mnt", service_image, "check")
    assert done.returncode == 2
    assert "/mnt" in done.stderr


def test_without_a_place_for_temporary_files_it_says_what_it_needs(service_image: str) -> None:
    done = once("--read-only", service_image)
    assert done.returncode == 2
    assert "68 MB" in done.stderr
    assert "TMPDIR" in done.stderr


def test_keys_outlive_a_container(service_image: str) -> None:
    with volume() as state:
        mounted = (*HARDENED, f"--volume={state}:/var/lib/dragoman", service_image)
        assert once(*mounted, "keys", "create", "website").returncode == 0
        assert "website" in once(*mounted, "keys", "list").stdout


def test_the_training_image_holds_both_halves(training_image: str) -> None:
    assert "export" in once(*HARDENED, training_image, "--help").stdout
    assert has(training_image, "python -c 'import model, training, service'")
    assert inspect(training_image)["Config"]["User"] == "10001:10001"


def has(image: str, command: str) -> bool:
    """Whether a shell command succeeds in an image."""
    return once(*HARDENED, "--entrypoint", "sh", image, "-c", command).returncode == 0
