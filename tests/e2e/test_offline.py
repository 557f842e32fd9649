"""The service needs no network but its own socket: it serves where there is none, and opens no connection."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.process import ROOT, environment

# Starts the service where only the loopback exists, asks every dialect and the pages, and tells how it ended. Within
# the process, whoever would look up a name or reach another host raises.
PROGRAM = """
import json, os, subprocess, sys, time, urllib.request

SERVE = '''
import ipaddress, sys

LOCAL = ("localhost", "127.0.0.1", "::1", "", None)
OPENERS = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")

def refuse(event, arguments):
    if event not in OPENERS:
        return
    address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments
    host = address[0] if isinstance(address, tuple) else None
    if host not in LOCAL and not ipaddress.ip_address(host).is_loopback:
        print("REACHED", event, address, file=sys.stderr, flush=True)
        raise OSError("no network")

sys.addaudithook(refuse)
from service.cli import main
main()
'''
# A proxy that is not there: whatever would go through one fails.
os.environ.update({"http_proxy": "http://192.0.2.1:9", "https_proxy": "http://192.0.2.1:9"})
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
service = subprocess.Popen([sys.executable, "-c", SERVE, "serve", "--port", "0", "--artifact", sys.argv[1]],
                           stderr=subprocess.PIPE, text=True)
port, told = None, []
for line in service.stderr:
    told.append(line)
    port = json.loads(line).get("port") if line.startswith("{") else None
    if port:
        break
url = f"http://127.0.0.1:{port}"

def ask(path, body=None):
    headers = {"Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=60) as answered:
        return answered.read()

while True:
    try:
        ask("/readyz")
        break
    except urllib.error.HTTPError:
        assert service.poll() is None
        time.sleep(0.1)
text = "How are you today? I have 17 apples."
for _ in range(20):
    ask("/v1/translate", {"texts": [text, "<b>a</b>"], "target": "de", "format": "html", "details": ["alignment"]})
    ask("/v1/detect", {"texts": [text]})
    ask("/translate", {"q": text, "source": "auto", "target": "de"})
    ask("/v2/translate", {"text": [text], "target_lang": "DE"})
for path in ("/", "/docs", "/openapi.json", "/metrics", "/languages", "/v2/usage", "/v3/languages", "/v1/models"):
    ask(path)
service.terminate()
told.append(service.stderr.read())
assert service.wait(60) == 0, told
assert "REACHED" not in "".join(told), told
print("served")
"""


def _without_network() -> list[str]:
    """What to start a program with so that it has a network of its own with nothing in it, where that is allowed."""
    unshare, ip = shutil.which("unshare"), shutil.which("ip")
    if unshare is None or ip is None:
        return []
    command = [unshare, "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else []


def test_it_serves_every_dialect_without_reaching_anybody(artifact: Path) -> None:
    command = [*_without_network(), sys.executable, "-c", PROGRAM, str(artifact)]
    variables = environment(DRAGOMAN_DRAIN_DELAY_S="0", DRAGOMAN_DATABASE=str(artifact.parent / "offline.sqlite3"))
    ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, timeout=150.0, check=False)
    assert ended.returncode == 0, ended.stderr.decode()
    assert ended.stdout == b"served\n"
