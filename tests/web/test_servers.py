"""The same application under granian and under gunicorn, as real processes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
import requests

from tests.web.network import Network, granian, make_network, process

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = make_network(tmp_path_factory.mktemp("servers"), locations=8, processes=2, threads=2)
    network.pull()
    network.snapshot()
    return network


def gunicorn(network):
    address = f"127.0.0.1:{network.settings.web.port}"
    command = [str(Path(sys.executable).parent / "gunicorn"), "--bind", address, "--workers", "2", "--threads", "2"]
    return process(network, [*command, "app.web.server:application()"], network.settings.web.url)


@pytest.mark.parametrize("server", [granian, gunicorn])
def test_a_server_gives_lists_documents_pages_and_failures(small, server):
    with server(small):
        url = small.settings.web.url
        page = requests.get(f"{url}/open/ocpi/2.2.1/locations?limit=3", timeout=10)
        assert len(page.json()["data"]) == 3
        assert requests.get(page.links["next"]["url"], timeout=10).json()["status_code"] == 1000
        document = requests.get(f"{url}/open/ocpi/2.2.1/locations.json", timeout=10)
        assert len(document.json()["data"]) == int(page.headers["X-Total-Count"])
        head = requests.head(f"{url}/open/ocpi/2.2.1/locations.json", timeout=10)
        assert head.headers["Content-Length"] == document.headers["Content-Length"]
        assert requests.get(f"{url}/", timeout=10).status_code == 200
        assert requests.get(f"{url}/open/nothing", timeout=10).json()["status_code"] == 2000
        unchanged = requests.get(page.url, headers={"If-None-Match": page.headers["ETag"]}, timeout=10)
        assert unchanged.status_code == 304


@pytest.mark.parametrize("server", [granian, gunicorn])
def test_sigterm_ends_a_server(small, server):
    with server(small) as running:
        os.kill(running.pid, signal.SIGTERM)
        assert running.wait(15) == 0


@pytest.mark.parametrize("server", [granian, gunicorn])
def test_processes_count_together(small, server, tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with server(small):
        url = small.settings.web.url
        for _ in range(40):  # each on a connection of its own, so that both processes get some
            requests.get(f"{url}/open/ocpi/versions", timeout=10)
        text = requests.get(f"{url}/metrics", timeout=10).text
        assert 'chargefeed_http_requests_total{endpoint="ocpi.versions",method="GET",status="200"} 40.0' in text
        assert 'chargefeed_http_request_seconds_count{endpoint="ocpi.versions"} 40.0' in text
        assert "chargefeed_feed_sequence" in text
