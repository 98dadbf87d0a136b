"""The feed and the stream over PostgreSQL, whose commits are noticed by reading the head."""

from __future__ import annotations

import json
import sys

import requests

from tests.test_stream import SERVE
from tests.web.network import Reader, granian, make_network, process

LIST = "/open/ocpi/2.2.1/locations"


def test_a_change_reaches_pages_changes_and_stream(postgres_url, tmp_path):
    network = make_network(tmp_path, locations=30, database=postgres_url)
    network.pull()
    stream_url = f"http://127.0.0.1:{network.settings.web.stream_port}"
    with granian(network), process(network, [sys.executable, "-c", SERVE], stream_url):
        reader = Reader(network.settings.web.url)
        locations = reader.crawl(f"{LIST}?limit=7")
        assert len(locations) == int(reader.get(LIST).headers["X-Total-Count"])
        etag = reader.get(LIST).headers["ETag"]
        events = requests.get(f"{stream_url}/open/stream", stream=True, timeout=10).iter_lines(chunk_size=1)
        assert data_of(events)["head"] == reader.get("/open/changes").json()["head"]

        evse = locations[0]["evses"][0]
        new = "CHARGING" if evse["status"] != "CHARGING" else "AVAILABLE"
        seq = network.say(evse["uid"], new).seq

        assert data_of(events)["seq"] == seq
        while reader.get(LIST, If_None_Match=etag).status_code == 304:
            pass
        assert reader.data(LIST)[0]["evses"][0]["status"] == new
        assert reader.get(f"/open/changes?since={seq - 1}").json()["data"][0]["status"] == new


def data_of(events):
    return next(json.loads(line[6:]) for line in events if line.startswith(b"data: "))
