"""`deploy/nginx` as it stands, but for addresses and paths, in Debian's nginx before real processes of chargefeed."""

from __future__ import annotations

import gzip
import json
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
import zstandard

from app.model.batch import Kind
from tests.bench.servers import NGINX, process
from tests.processes import free_port, wait_for
from tests.shared import ROOT
from tests.web.network import Network, granian, make_network
from tests.web.network import process as answering

DOCUMENTS = (
    "/open/ocpi/2.2.1/locations.json",
    "/open/ocpi/2.3.0/tariffs.json",
    "/open/datex2/v3.7-afir/table.xml",
    "/open/irve/statique.csv",
    "/open/locations.geojson",
)
UNPACKED = {"gzip": gzip.decompress, "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)}
SAME = ("Content-Type", "Content-Encoding", "Vary", "Access-Control-Allow-Origin", "Cache-Control")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = make_network(tmp_path_factory.mktemp("front"), locations=20, trusted_proxies=1)
    network.pull()
    network.snapshot()
    network.seal()
    return network


@contextmanager
def nginx(network: Network, folder: Path) -> Iterator[str]:
    """Its address."""
    if NGINX is None:
        pytest.skip("no nginx: apt-get install nginx (deploy/test does it as root)")
    port, web = free_port(), network.settings.web
    text = "".join((ROOT / "deploy" / "nginx" / part).read_text() for part in ("upstreams.conf", "chargefeed.conf"))
    for said, here in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "listen [::]:80;": "",
        "127.0.0.1:8080": f"127.0.0.1:{web.port}",
        "127.0.0.1:8081": f"127.0.0.1:{web.stream_port}",
        "/var/lib/chargefeed/public": str(network.settings.store.directory),
        "/var/cache/nginx/chargefeed": str(folder / "kept"),
    }.items():
        assert text.count(said) == 1, said
        text = text.replace(said, here)
    (folder / "chargefeed.conf").write_text(text)
    temporary = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    main = f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; env TZ=UTC; events {{ }}\n"
    (folder / "nginx.conf").write_text(
        f"{main}http {{ access_log off; {temporary} include {folder}/chargefeed.conf; }}\n"
    )
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with process(command, folder / "nginx.log", os.environ | {"TZ": "UTC"}):
        wait_for(lambda: accepts(port))
        yield f"http://127.0.0.1:{port}"


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def web(network: Network) -> Iterator[str]:
    with granian(network):
        yield network.settings.web.url


@pytest.fixture(scope="module")
def front(network: Network, web: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with nginx(network, tmp_path_factory.mktemp("nginx")) as url:
        yield url


def moved(network: Network, port: int) -> Network:
    """Its files, with its process at another port."""
    web = network.settings.web.model_copy(update={"port": port, "stream_port": free_port()})
    return Network(network.config, network.settings.model_copy(update={"web": web}), network.registry, network.source)


@pytest.fixture(scope="module")
def alone(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx in front of nothing that answers."""
    with nginx(moved(network, free_port()), tmp_path_factory.mktemp("alone")) as url:
        yield url


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers it was sent."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def echo(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    with server, nginx(moved(network, server.server_port), tmp_path_factory.mktemp("echo")) as url:
        yield url
        server.shutdown()


def raw(url: str, **headers: str) -> tuple[requests.Response, bytes]:
    """The answer, and its body as it came."""
    answer = requests.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, stream=True)
    return answer, answer.raw.read(decode_content=False)


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("coding", ["gzip", "zstd", "identity", "gzip;q=0, zstd;q=0"])
def test_documents_come_from_the_folder_as_the_process_would_send_them(
    web: str, front: str, alone: str, path: str, coding: str
) -> None:
    own, body = raw(web + path, Accept_Encoding=coding)
    for url in (front, alone):
        answer, found = raw(url + path, Accept_Encoding=coding)
        assert answer.status_code == 200
        assert found == body
        assert {name: answer.headers.get(name) for name in SAME} == {name: own.headers.get(name) for name in SAME}
        again, nothing = raw(url + path, Accept_Encoding=coding, If_None_Match=answer.headers["ETag"])
        assert (again.status_code, nothing) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/open/manifest.json", "/ledger/checkpoint", "/ledger/keys", "/ledger/tile/0/000.p/1"]
)
def test_what_is_a_file_needs_no_process(network: Network, web: str, alone: str, path: str) -> None:
    found = Path(str(network.settings.store.directory) + path)
    if not found.exists():
        [found] = (network.settings.store.directory / "ledger/tile/0/000.p").iterdir()
        path = f"/ledger/tile/0/000.p/{found.name}"
    answer = requests.get(alone + path)
    assert answer.content == found.read_bytes()
    assert answer.headers["Content-Type"] == requests.get(web + path).headers["Content-Type"]


def test_versions_that_the_manifest_names_never_change(alone: str) -> None:
    file = requests.get(f"{alone}/open/manifest.json").json()["files"][0]
    assert "immutable" in requests.get(alone + file["version"]).headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["/open/ocpi/versions", "/open/ocpi/2.2.1/locations?limit=3", "/open/changes?since=0&limit=2", "/healthz", "/"],
)
def test_live_paths_are_those_of_the_process(web: str, front: str, path: str) -> None:
    own, found = requests.get(web + path), requests.get(front + path)
    assert found.status_code == own.status_code == 200
    assert found.headers["Content-Type"] == own.headers["Content-Type"]
    assert found.headers.get("Access-Control-Allow-Origin") == own.headers.get("Access-Control-Allow-Origin")
    if path.startswith("/open/"):
        assert {**found.json(), "timestamp": ""} == {**own.json(), "timestamp": ""}


def test_a_page_is_kept_for_a_second_for_each_coding(front: str) -> None:
    url = f"{front}/open/ocpi/2.2.1/locations?limit=4"
    first, _ = raw(url, Accept_Encoding="gzip")
    again, _ = raw(url, Accept_Encoding="gzip, deflate")
    other, body = raw(url, Accept_Encoding="identity")
    assert [answer.headers["X-Cache"] for answer in (first, again, other)] == ["MISS", "HIT", "MISS"]
    assert again.headers["Content-Encoding"] == "gzip"
    assert body.startswith(b"{")


def test_what_nobody_knows_and_preflights_are_answered_by_the_process(front: str) -> None:
    assert requests.get(f"{front}/open/nothing.json").json()["status_code"] == 2000
    assert requests.options(f"{front}{DOCUMENTS[0]}").status_code == 204
    assert requests.post(f"{front}{DOCUMENTS[0]}").status_code == 405
    assert requests.get(f"{front}/.writing/").status_code == 404
    assert requests.get(f"{front}/.lock").status_code == 404


@pytest.mark.parametrize("path", ["/open/ocpi/versions", "/open/none.json", "/prices"])
def test_the_process_learns_who_asks_and_for_which_host(echo: str, path: str) -> None:
    said = requests.get(echo + path).json()
    assert (said["X-Forwarded-For"], said["Host"], said["X-Forwarded-Proto"]) == ("127.0.0.1", "127.0.0.1", "http")
    assert "Connection" not in said


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics/"])
def test_figures_of_the_operation_are_nothing_for_the_public(echo: str, path: str) -> None:
    assert requests.get(echo + path).status_code == 403


@pytest.mark.parametrize("path", ["/open/changes?since=0", "/open/none.json", "/ledger/tile/none"])
def test_a_process_that_is_away_is_said_in_the_shape_of_every_failure(alone: str, path: str) -> None:
    answer = requests.get(alone + path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["status_code"] == 3000
    assert answer.json()["timestamp"].endswith("Z")


def test_one_address_that_asks_too_much_is_told_when_to_come_back(front: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: requests.get(f"{front}/healthz"), range(600)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert {answer.status_code for answer in answers} == {200, 429}
    assert refused[0].json()["status_code"] == 2000
    assert refused[0].headers["Retry-After"] == "1"


def test_events_of_a_stream_come_as_they_are_sent(network: Network, front: str) -> None:
    stream = f"http://127.0.0.1:{network.settings.web.stream_port}"
    command = [sys.executable, "-m", "app.cli", "stream"]
    with answering(network, command, stream), requests.get(f"{front}/open/stream", stream=True, timeout=10) as answer:
        lines = answer.iter_lines()
        assert any(line == b"event: head" for line in lines)
        with network.registry.feed().read() as feed:
            [number, *_] = feed.blocks(Kind.LOCATIONS)
            uid = feed.block(Kind.LOCATIONS, number)[0].body["evses"][0]["uid"]
        network.say(uid, "BLOCKED")
        assert any(line == b"event: change" for line in lines)
